use guardset_import::formats::read_tool;
use serde_json::{Value, json};

fn schema(parameters: Value) -> Value {
    let read = read_tool(&json!({"name": "f", "parameters": parameters})).unwrap_or_else(|refusal| panic!("{refusal}"));
    read.tools[0]["inputSchema"].clone()
}

/// The schema of one parameter whose type is told in words.
fn typed(words: &str) -> Value {
    schema(json!({"x": {"type": words}}))["properties"]["x"].clone()
}

#[test]
fn no_parameters_are_an_empty_object() {
    let empty = json!({"type": "object", "properties": {}});
    for parameters in
        [json!(null), json!({}), json!({"type": "object"}), json!({"type": "dict", "properties": null}), json!([]), json!("{}")]
    {
        assert_eq!(schema(parameters.clone()), empty, "{parameters}");
    }
}

#[test]
fn a_schema_of_json_schema_is_kept() {
    let whole = json!({
        "type": "object",
        "$defs": {"point": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]}},
        "properties": {
            "at": {"$ref": "#/$defs/point"},
            "type": {"type": ["string", "null"], "enum": ["a", null]},
            "properties": {"type": "object", "properties": {"required": {"type": "boolean", "default": false}}, "required": ["required"]},
            "x": {"anyOf": [{"type": "integer", "minimum": 0}, {"const": "all"}], "nullable": true},
        },
        "required": ["at"],
        "additionalProperties": false,
    });
    assert_eq!(schema(whole.clone()).to_string(), whole.to_string());
    let none_required = json!({"required": [], "properties": {}, "type": "object"});
    assert_eq!(schema(none_required.clone()).to_string(), none_required.to_string());
}

#[test]
fn words_for_types_become_types() {
    for (words, keywords) in [
        ("str", json!({"type": "string"})),
        ("int", json!({"type": "integer"})),
        ("float", json!({"type": "number"})),
        ("bool", json!({"type": "boolean"})),
        ("list", json!({"type": "array"})),
        ("Tuple", json!({"type": "array"})),
        ("dict", json!({"type": "object"})),
        ("HashMap", json!({"type": "object"})),
        ("any", json!({})),
        ("datetime", json!({})),
        ("List[List[int]]", json!({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}})),
        ("typing.Dict[str, float]", json!({"type": "object", "additionalProperties": {"type": "number"}})),
        ("Tuple[float, float]", json!({"type": "array", "items": {"type": "number"}})),
        ("Tuple[float, str]", json!({"type": "array"})),
        ("Optional[str]", json!({"type": "string"})),
        ("Union[int, float]", json!({"type": ["integer", "number"]})),
        ("int | None", json!({"type": "integer"})),
        ("Union[List[int], str]", json!({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}]})),
        ("Union[int, Any]", json!({})),
        ("Literal['a', 'b, c']", json!({"enum": ["a", "b, c"]})),
        ("Callable[[float], float]", json!({})),
        ("", json!({})),
    ] {
        assert_eq!(typed(words), keywords, "{words}");
    }
}

#[test]
fn deep_words_are_cut_off_and_never_overflow() {
    typed(&format!("{}int{}", "List[".repeat(100_000), "]".repeat(100_000)));
    typed(&"int|".repeat(100_000));
}

#[test]
fn required_is_what_is_not_optional_and_has_no_default() {
    let named = json!({
        "a": {"type": "str"}, "b": {"type": "str, optional"}, "c": {"type": "Optional[int]"}, "d": {"type": "int", "default": 1},
        "e": {"type": "int", "default": 1, "required": true}, "f": {"type": "int", "required": false}, "g": {"type": "int", "optional": true},
        "h": "str", "i": "The name of it.",
    });
    let read = schema(named);
    assert_eq!(read["required"], json!(["a", "e", "h", "i"]));
    assert_eq!(read["properties"]["e"], json!({"type": "integer", "default": 1}));
    assert_eq!(read["properties"]["h"], json!({"type": "string"}));
    assert_eq!(read["properties"]["i"], json!({"description": "The name of it."}));
}

#[test]
fn listed_parameters_are_named_by_their_names() {
    let read = schema(json!([{"name": "a", "type": "string", "required": true}, {"name": "b", "type": "integer", "required": false}]));
    assert_eq!(read, json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}));
}

#[test]
fn what_json_schema_does_not_allow_is_repaired() {
    let read = schema(json!({
        "properties": {
            "a": {"type": "dict", "required": true, "properties": {"x": {"type": "float", "enum": []}}, "description": null},
            "b": {"type": "array", "items": "str", "enum": "one", "description": 5},
            "c": "int",
            "d": {"type": ["int", "None"]},
            "e": {"type": ["int", "thing"]},
        },
        "required": ["b", "b", 7],
    }));
    let properties = json!({
        "a": {"type": "object", "properties": {"x": {"type": "number"}}},
        "b": {"type": "array", "items": {"type": "string"}, "enum": ["one"], "description": "5"},
        "c": {"type": "integer"},
        "d": {"type": ["integer", "null"]},
        "e": {},
    });
    assert_eq!(read, json!({"type": "object", "properties": properties, "required": ["a", "b"]}));
}

#[test]
fn parameters_that_are_no_object_are_refused() {
    for parameters in [json!(5), json!("not JSON"), json!({"type": "string", "minLength": 1}), json!([{"type": "string"}]), json!({"x": 5})]
    {
        let refusal = read_tool(&json!({"name": "f", "parameters": parameters})).expect_err("a refusal");
        assert_eq!(refusal.reason(), "bad_schema", "{parameters}");
    }
}
