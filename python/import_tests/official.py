"""What the official Python client gets from a server, as it comes over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import PaginatedRequestParams

Results = list[dict[str, Any]]


def over_stdio(command: list[str]) -> dict[str, Any]:
    """The listing of a program."""
    return anyio.run(_list, stdio_client(StdioServerParameters(command=command[0], args=command[1:])))


def over_http(url: str) -> dict[str, Any]:
    """The listing of an address."""
    return anyio.run(_list, streamable_http_client(url))


@asynccontextmanager
async def _recorded(read: Any, results: Results) -> AsyncIterator[Any]:
    """The stream of messages, with the result of each response noted before the client makes its models of it."""
    send, receive = anyio.create_memory_object_stream[Any](16)

    async def forward() -> None:
        async with send:
            async for item in read:
                result = getattr(getattr(item, "message", None), "result", None)
                if isinstance(result, dict):
                    results.append(result)
                await send.send(item)

    async with anyio.create_task_group() as group:
        group.start_soon(forward)
        yield receive
        group.cancel_scope.cancel()


async def _pages(ask: Callable[..., Awaitable[Any]]) -> None:
    cursor: str | None = None
    while True:
        page = await ask(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        cursor = page.next_cursor
        if not cursor:
            return


async def _list(transport: AbstractAsyncContextManager[Any]) -> dict[str, Any]:
    results: Results = []
    async with transport as (read, write), _recorded(read, results) as recorded, ClientSession(recorded, write) as session:
        await session.initialize()
        capabilities = results[0]["capabilities"]
        await _pages(session.list_tools)
        if "prompts" in capabilities:
            await _pages(session.list_prompts)
        if "resources" in capabilities:
            await _pages(session.list_resources)
            await _pages(session.list_resource_templates)

    def entries(field: str) -> list[dict[str, Any]]:
        return [entry for result in results for entry in result.get(field, [])]

    return {
        "server": results[0]["serverInfo"],
        "protocol": results[0]["protocolVersion"],
        "instructions": results[0].get("instructions"),
        "tools": entries("tools"),
        "prompts": entries("prompts"),
        "resources": entries("resources"),
        "resource_templates": entries("resourceTemplates"),
    }
