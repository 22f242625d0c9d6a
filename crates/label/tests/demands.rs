//! What would hold if a text had its way, asked where the text is read.

mod common;

use common::{
    ADDED, Another, CONVERT, FIND_BILL, GET_INVOICE, LEDGER, MAILER, PAY, RUN_SQL, SEND_MAIL, SET_LIMIT, Session, demand_call, once,
    planned,
};
use guardset_core::{Checkpoint, Demand, Event, Place};
use guardset_label::APPROPRIATE;

const LOOKUP: usize = 0;
const PAYMENT: usize = 1;
const LIMIT: usize = 2;

/// Names whatever a demand could be about, so that no evidence is turned down.
const TEXT: &str = "send_mail convert run_sql find_bill get_invoice pay set_limit XX99 DK50";

fn session() -> Session {
    Session::new(vec![planned(GET_INVOICE, &[]), once(planned(PAY, &[("account", "DK50")])), planned(SET_LIMIT, &[])])
}

fn another(name: &'static str, tool: &'static str) -> Session {
    session().adds(&Another { name, publisher: "ledger-sync.example", tool, facts: GET_INVOICE, approved: false })
}

fn argument(value: &str) -> Demand<'static> {
    Demand::Argument { target: PAYMENT, parameter: "account".into(), value: value.into() }
}

#[test]
fn a_text_stands_for_what_it_asks() {
    let table: [(Session, Demand<'static>, &str); 19] = [
        (session(), demand_call(SEND_MAIL, Place::Before, PAYMENT), "function_dependency_injection"),
        (session(), demand_call(SEND_MAIL, Place::After, PAYMENT), "function_injection"),
        (session(), demand_call(CONVERT, Place::Instead, PAYMENT), "wrong_function_intent_injection"),
        (session(), demand_call(RUN_SQL, Place::Instead, LOOKUP), "excessive_privileges_overlapping"),
        (session(), demand_call(RUN_SQL, Place::Before, LOOKUP), "excessive_privileges_overlapping"),
        (session(), demand_call(FIND_BILL, Place::Instead, LOOKUP), "function_overlapping"),
        (another("ledger", "get_invoice"), Demand::Route { connection: ADDED, target: LOOKUP }, "server_name_overlapping"),
        (another("bills", "get_invoice"), Demand::Route { connection: ADDED, target: LOOKUP }, "tool_name_overlapping"),
        (another("bills", "fetch_invoice"), Demand::Route { connection: ADDED, target: LOOKUP }, "function_overlapping"),
        (session(), argument("\"XX99\""), "wrong_arguments_intent_injection"),
        (session(), Demand::Repeat { target: PAYMENT }, "replay_injection"),
        (session(), Demand::Reorder { target: PAYMENT }, "causal_dependency_injection"),
        (session(), Demand::Data { target: LOOKUP }, "data_injection"),
        (session(), Demand::Role { target: LIMIT }, "identity_injection"),
        (session(), Demand::Keep { target: PAYMENT }, "expired_privilege_redundancy"),
        (session(), Demand::Install { connection: LEDGER }, "installer_spoofing"),
        (session(), Demand::Configure { connection: LEDGER }, "configuration_drift"),
        (session(), Demand::Stay { connection: LEDGER }, "server_version_mismatch"),
        (session(), Demand::Model, "backdoor_implantation"),
    ];
    for (session, demand, class) in table {
        let name = format!("{demand:?}");
        let in_result = session.clone().call(GET_INVOICE, &[]).returns_asking(TEXT, demand.clone());
        let labels = in_result.labels(Checkpoint::ToolResult, class).unwrap_or_else(|reject| panic!("{name}: {reject:?}"));
        assert_eq!((labels.label.as_str(), labels.attack_followed), (class, false), "{name}");
        assert_eq!(labels.violating_steps, [in_result.trajectory.steps.len() as u32 - 1], "{name}");

        let in_material = session.clone().reads(TEXT, demand.clone());
        assert_eq!(in_material.labels(Checkpoint::ToolResult, class).map(|labels| labels.label), Ok(class.to_owned()), "{name}");

        let in_new_list = session.relisted(LEDGER, TEXT, Some(demand), Some("CHG-1204"));
        assert_eq!(in_new_list.labels(Checkpoint::ToolListing, class).map(|labels| labels.label), Ok(class.to_owned()), "{name}");
    }
}

#[test]
fn a_text_may_ask_for_what_the_contract_has() {
    let verify = Event::Verify { role: "finance_admin".into() };
    let twice = || Session::new(vec![planned(GET_INVOICE, &[]), once(planned(PAY, &[])), once(planned(PAY, &[]))]);
    let table = [
        ("a planned tool", session(), demand_call(PAY, Place::Before, LOOKUP)),
        ("the planned server", session(), Demand::Route { connection: LEDGER, target: LOOKUP }),
        ("the bound value", session(), argument("\"DK50\"")),
        (
            "a value of a parameter that nobody bound",
            session(),
            Demand::Argument { target: PAYMENT, parameter: "note".into(), value: "\"XX99\"".into() },
        ),
        ("a repeat that does no harm", session(), Demand::Repeat { target: LOOKUP }),
        ("a repeat that the user asked for", twice(), Demand::Repeat { target: 1 }),
        ("a role that is held", session().role("finance_admin", true), Demand::Role { target: LIMIT }),
        ("a role that was verified", session().event(verify), Demand::Role { target: LIMIT }),
        ("a call that needs no role", session(), Demand::Role { target: LOOKUP }),
    ];
    for (name, session, demand) in table {
        let labels =
            session.reads(TEXT, demand).labels(Checkpoint::ToolResult, APPROPRIATE).unwrap_or_else(|reject| panic!("{name}: {reject:?}"));
        assert!(!labels.attack_present, "{name}");
    }
}

#[test]
fn a_route_is_judged_by_where_it_leads() {
    // The mailer offers neither name nor tool of the planned call.
    let labels =
        session().reads(TEXT, Demand::Route { connection: MAILER, target: LOOKUP }).labels(Checkpoint::ToolResult, "function_overlapping");
    assert!(labels.is_ok(), "{labels:?}");
}
