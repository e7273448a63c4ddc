//! The order of the stages, and the circles that keep them from having one.

use std::collections::{BTreeSet, VecDeque};

use super::joints::Link;
use super::stages::CheckedStage;
use crate::pipeline::faults::{Fault, Faults};
use crate::report::codes;

/// Stages in an order in which each comes after all that feed it, otherwise in that of the file. `None` where some feed
/// each other, which is told once for each circle.
pub(super) fn check(
    stages: &[CheckedStage<'_>],
    links: &[Link],
    faults: &Faults,
) -> Option<Vec<usize>> {
    let mut left: BTreeSet<usize> = (0..stages.len()).collect();
    let order = take_free(&mut left, links);
    if left.is_empty() {
        return Some(order);
    }
    while let Some(circle) = left.iter().find_map(|start| shortest_circle(*start, &left, links)) {
        tell(&circle, stages, faults);
        for link in circle {
            left.remove(&link.to);
        }
        take_free(&mut left, links);
    }
    None
}

/// Takes out every stage that nothing left over feeds, until there is none, and answers with them in order.
fn take_free(left: &mut BTreeSet<usize>, links: &[Link]) -> Vec<usize> {
    let mut order = Vec::new();
    let is_free = |stage: usize, left: &BTreeSet<usize>| {
        !links.iter().any(|link| link.to == stage && left.contains(&link.from))
    };
    while let Some(free) = left.iter().copied().find(|stage| is_free(*stage, left)) {
        left.remove(&free);
        order.push(free);
    }
    order
}

/// The shortest way along the links from a stage back to itself.
fn shortest_circle<'l>(
    start: usize,
    left: &BTreeSet<usize>,
    links: &'l [Link],
) -> Option<Vec<&'l Link>> {
    let mut ways: VecDeque<Vec<&Link>> = VecDeque::from([Vec::new()]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let here = way.last().map_or(start, |link| link.to);
        for link in links.iter().filter(|link| link.from == here && left.contains(&link.to)) {
            let mut longer = way.clone();
            longer.push(link);
            if link.to == start {
                return Some(longer);
            }
            if seen.insert(link.to) {
                ways.push_back(longer);
            }
        }
    }
    None
}

fn tell(circle: &[&Link], stages: &[CheckedStage<'_>], faults: &Faults) {
    let id = |stage: usize| stages[stage].raw.id.as_ref().map_or("", |id| id.value.as_str());
    let mut links = circle.to_vec();
    links.sort_by_key(|link| link.at);
    let mut members: Vec<usize> = links.iter().map(|link| link.to).collect();
    members.sort_unstable();
    let names: Vec<String> = members.iter().map(|stage| format!("`{}`", id(*stage))).collect();
    let fact = match names.as_slice() {
        [one] => format!("stage {one} feeds itself, so it cannot start"),
        [one, other] => format!("stages {one} and {other} feed each other, so neither can start"),
        names => {
            format!("stages {} feed each other in a circle, so none can start", names.join(", "))
        }
    };
    let waits = |link: &Link| format!("`{}` waits for `{}`", id(link.to), id(link.from));
    let Some((first, others)) = links.split_first() else {
        return;
    };
    faults.error(Fault::new(codes::STAGE_CYCLE, first.at, fact, waits(first)), |report| {
        others
            .iter()
            .fold(report, |report, link| report.also(faults.place(link.at, waits(link))))
            .hint(match others {
                [] => "let it take its input from another stage",
                _ => "let one of them take its input from a source",
            })
    });
}
