//! What a rule answers.

use super::{
    Check, Declared, count, declared_name, delay, entry, key, kind, kind_name, named, shown,
};
use crate::contract::{CustomerLink, Entry, Matching, Output, Payload, Verdict};

/// One verdict for each entry, and what goes on goes by a port of the descriptor that takes its kind.
pub(in crate::component) fn verdicts(
    declared: &Declared,
    asked: &[Entry],
    verdicts: &[Verdict],
    outputs_max: usize,
) -> Check {
    if asked.len() != verdicts.len() {
        return Err(format!(
            "{} entries were given, and {} verdicts came",
            asked.len(),
            verdicts.len()
        ));
    }
    let mut outputs = 0;
    for (given, verdict) in asked.iter().zip(verdicts) {
        match verdict {
            Verdict::Pass(port) => goes_by(declared, port, &given.payload)?,
            Verdict::Matched(matching) => {
                outputs += matching.beside.len();
                count(outputs, outputs_max, "entries in one call")?;
                matched(declared, given, matching)?;
            }
            Verdict::Forward(forwarded) if forwarded.is_empty() => {
                return Err(format!(
                    "`{}` is forwarded as nothing: what is not wanted is filtered",
                    named(&given.key)
                ));
            }
            Verdict::Forward(forwarded) => {
                outputs += forwarded.len();
                count(outputs, outputs_max, "entries in one call")?;
                forwarded.iter().try_for_each(|one| output(declared, one))?;
            }
            Verdict::Filter(_) | Verdict::Reject(_) => {}
            Verdict::Wait(ms) => delay(*ms, "wait")?,
            Verdict::WaitFor(horizon) => declared_name(&declared.inputs, &horizon.input, "input")?,
            Verdict::Reread(ms) => delay(*ms, "reread")?,
        }
    }
    Ok(())
}

fn matched(declared: &Declared, given: &Entry, matching: &Matching) -> Check {
    let Matching { port, customer, after, beside } = matching;
    if !matches!(given.payload, Payload::Order(_)) {
        let what = kind_name(kind(&given.payload));
        let key = named(&given.key);
        return Err(format!("`{key}` is matched with a customer, and is a `{what}`"));
    }
    match customer {
        CustomerLink::Id(id) => super::id(id)?,
        CustomerLink::Entry(entry) => key(entry, "a customer's key")?,
    }
    beside.iter().try_for_each(|one| output(declared, one))?;
    comes_after(&given.key, after)?;
    goes_by(declared, port, &given.payload)
}

fn output(declared: &Declared, output: &Output) -> Check {
    entry(&output.entry)?;
    comes_after(&output.entry.key, &output.after)?;
    goes_by(declared, &output.port, &output.entry.payload)
}

fn comes_after(of: &String, after: &[String]) -> Check {
    after.iter().try_for_each(|after| key(after, "a key in `after`"))?;
    match after.contains(of) {
        true => Err(format!("`{}` is to come after itself", named(of))),
        false => Ok(()),
    }
}

fn goes_by(declared: &Declared, port: &str, payload: &Payload) -> Check {
    let Some(kinds) = declared.outputs.get(port) else {
        return Err(format!(
            "it names the output `{}`, which the descriptor does not declare",
            shown(port)
        ));
    };
    let given = kind(payload);
    match kinds.contains(&given) {
        true => Ok(()),
        false => {
            Err(format!("a `{}` goes out by `{port}`, which does not take it", kind_name(given)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Descriptor, Kind, Port};
    use crate::record::samples::order;

    fn check(change: impl FnOnce(&mut Matching)) -> Check {
        let port = Port {
            name: "orders".to_owned(),
            summary: String::new(),
            kinds: vec![Kind::Order],
            required: true,
            without: Vec::new(),
        };
        let descriptor = Descriptor {
            name: "rule".to_owned(),
            version: String::new(),
            summary: String::new(),
            account: String::new(),
            endpoints: Vec::new(),
            collections: Vec::new(),
            inputs: Vec::new(),
            outputs: vec![port],
            directories: Vec::new(),
            options_schema: String::new(),
            attributes: Vec::new(),
        };
        let mut matching = Matching {
            port: "orders".to_owned(),
            customer: CustomerLink::Id("c1".to_owned()),
            after: Vec::new(),
            beside: Vec::new(),
        };
        change(&mut matching);
        let verdict = [Verdict::Matched(matching)];
        verdicts(&Declared::new(&descriptor), &[order("a")], &verdict, 10)
    }

    #[test]
    fn a_matching_is_held_to_the_rules_of_what_goes_on() {
        assert_eq!(check(|_| ()), Ok(()));
        let broken = |change: fn(&mut Matching)| check(change).unwrap_err();
        assert_eq!(
            broken(|it| it.port = "nowhere".to_owned()),
            "it names the output `nowhere`, which the descriptor does not declare"
        );
        assert_eq!(
            broken(|it| it.customer = CustomerLink::Id(String::new())),
            "a remote id is empty"
        );
        assert_eq!(
            broken(|it| it.customer = CustomerLink::Entry(String::new())),
            "a customer's key is empty"
        );
        assert_eq!(broken(|it| it.after = vec!["a".to_owned()]), "`a` is to come after itself");
        assert_eq!(broken(|it| it.after = vec![String::new()]), "a key in `after` is empty");
        let beside =
            |port: &str| Output { port: port.to_owned(), entry: order("b"), after: Vec::new() };
        assert_eq!(
            check(|it| it.beside = vec![beside("elsewhere")]).unwrap_err(),
            "it names the output `elsewhere`, which the descriptor does not declare"
        );
        assert_eq!(
            check(|it| it.beside = vec![beside("orders"); 11]).unwrap_err(),
            "it gave 11 entries in one call, and 10 are allowed"
        );
    }
}
