//! A double of the host for native tests: answers by a function, remembers what was asked.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::commerce::Entry;
use crate::host::{
    Effect, EffectStatus, Http, Ledger, Level, Link, Links, Log, Lookup, Search, State,
};
use crate::types::{Failure, Instant, Request, Response};

type Answering = Box<dyn FnMut(&Request) -> Result<Response, Failure>>;
type Finding = Box<dyn FnMut(&Search<'_>) -> Result<Vec<Vec<Entry>>, Failure>>;

/// A scripted host. What the script does not foresee is answered with a failure that says so.
///
/// ```
/// use penstock_connector_sdk::host::Http;
/// use penstock_connector_sdk::request;
/// use penstock_connector_sdk::script::{Script, json};
///
/// let host = Script::new().answers(|request| match request.path.as_str() {
///     "/profile" => Ok(json(r#"{"currency":"EUR"}"#)),
///     _ => Ok(penstock_connector_sdk::script::status(404, "")),
/// });
/// let answer = host.read(&request::get("api").segment("profile").build()).unwrap();
/// assert_eq!((answer.status, host.requests().len()), (200, 1));
/// ```
pub struct Script {
    answering: RefCell<Answering>,
    finding: RefCell<Finding>,
    requests: RefCell<Vec<Request>>,
    searches: RefCell<Vec<Asked>>,
    state: RefCell<BTreeMap<String, Vec<u8>>>,
    effects: RefCell<Vec<(String, String, Effect)>>,
    links: RefCell<BTreeMap<(String, String), Link>>,
    lines: RefCell<Vec<Line>>,
}

/// A look-up that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The field that was compared.
    pub by: String,
    /// What was looked for.
    pub values: Vec<String>,
    /// How fresh the answer had to be.
    pub not_before: Option<Instant>,
}

/// A line that was written to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// The key of the entry that it is about.
    pub about: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// A host that foresees nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            answering: RefCell::new(Box::new(|request| Err(unforeseen(&request.path)))),
            finding: RefCell::new(Box::new(|search| Err(unforeseen(search.collection)))),
            requests: RefCell::default(),
            searches: RefCell::default(),
            state: RefCell::default(),
            effects: RefCell::default(),
            links: RefCell::default(),
            lines: RefCell::default(),
        }
    }

    /// Answers reads by a function: a small vendor, if it keeps what it needs.
    #[must_use]
    pub fn answers(
        mut self,
        answer: impl FnMut(&Request) -> Result<Response, Failure> + 'static,
    ) -> Self {
        self.answering = RefCell::new(Box::new(answer));
        self
    }

    /// Answers reads from a list, each with the path it is meant for, and fails on any other order.
    #[must_use]
    pub fn answers_in_order(self, answers: Vec<(&str, Response)>) -> Self {
        let mut left: VecDeque<(String, Response)> =
            answers.into_iter().map(|(path, response)| (path.to_owned(), response)).collect();
        self.answers(move |request| match left.pop_front() {
            Some((path, response)) if path == request.path => Ok(response),
            _ => Err(unforeseen(&request.path)),
        })
    }

    /// Answers look-ups by a function.
    #[must_use]
    pub fn finds(
        mut self,
        find: impl FnMut(&Search<'_>) -> Result<Vec<Vec<Entry>>, Failure> + 'static,
    ) -> Self {
        self.finding = RefCell::new(Box::new(find));
        self
    }

    /// Has the ledger hold an effect on `owner`, in the account that feeds `input`.
    #[must_use]
    pub fn with_effect(self, input: &str, owner: &str, effect: Effect) -> Self {
        self.set_effect(input, owner, effect);
        self
    }

    /// Has the ledger hold an effect from now on, in place of the one of the same id.
    pub fn set_effect(&self, input: &str, owner: &str, effect: Effect) {
        let mut effects = self.effects.borrow_mut();
        effects.retain(|(_, _, known)| known.id != effect.id);
        effects.push((input.to_owned(), owner.to_owned(), effect));
    }

    /// Links a counter at an input to another from now on; `None` takes the link back.
    pub fn set_link(&self, input: &str, owner: &str, link: Option<Link>) {
        let at = (input.to_owned(), owner.to_owned());
        match link {
            Some(link) => self.links.borrow_mut().insert(at, link),
            None => self.links.borrow_mut().remove(&at),
        };
    }

    /// Every read so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// Every look-up so far, in order.
    #[must_use]
    pub fn searches(&self) -> Vec<Asked> {
        self.searches.borrow().clone()
    }

    /// All that was staged so far, by key.
    #[must_use]
    pub fn staged(&self) -> BTreeMap<String, Vec<u8>> {
        self.state.borrow().clone()
    }

    /// Every line of the log so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.lines.borrow().clone()
    }
}

/// An answer of status 200 with this JSON text, sent at 2026-01-05T09:31:00Z.
#[must_use]
pub fn json(text: &str) -> Response {
    status(200, text)
}

/// An answer of this status and body, sent at 2026-01-05T09:31:00Z.
#[must_use]
pub fn status(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        sent_at: 1_767_605_460_000,
    }
}

fn unforeseen(what: &str) -> Failure {
    Failure::Unexpected(format!("the script has no answer for `{what}`"))
}

impl Http for Script {
    fn read(&self, request: &Request) -> Result<Response, Failure> {
        self.requests.borrow_mut().push(request.clone());
        (self.answering.borrow_mut())(request)
    }

    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        requests.iter().map(|request| self.read(request)).collect()
    }
}

impl Lookup for Script {
    fn find(&self, search: &Search<'_>) -> Result<Vec<Vec<Entry>>, Failure> {
        let asked = Asked {
            by: search.by.to_owned(),
            values: search.values.to_vec(),
            not_before: search.not_before,
        };
        self.searches.borrow_mut().push(asked);
        (self.finding.borrow_mut())(search)
    }
}

impl State for Script {
    fn get(&self, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        let state = self.state.borrow();
        keys.iter().map(|key| state.get(key).cloned()).collect()
    }

    fn put(&self, entries: &[(String, Option<Vec<u8>>)]) {
        let mut state = self.state.borrow_mut();
        for (key, value) in entries {
            match value {
                Some(value) => state.insert(key.clone(), value.clone()),
                None => state.remove(key),
            };
        }
    }
}

impl Ledger for Script {
    fn effects(&self, input: &str, owner: &str, after: u64) -> Vec<Effect> {
        let is_open =
            |effect: &Effect| !matches!(effect.status, EffectStatus::Applied | EffectStatus::Void);
        let effects = self.effects.borrow();
        let matching = effects.iter().filter(|(at, on, effect)| {
            at == input && on == owner && (is_open(effect) || effect.sequence > after)
        });
        let mut effects: Vec<Effect> = matching.map(|(_, _, effect)| effect.clone()).collect();
        effects.sort_by_key(|effect| (is_open(effect), effect.sequence, effect.id));
        effects
    }
}

impl Links for Script {
    fn links(&self, input: &str, owners: &[String]) -> Vec<Option<Link>> {
        let links = self.links.borrow();
        owners.iter().map(|owner| links.get(&(input.to_owned(), owner.clone())).cloned()).collect()
    }
}

impl Log for Script {
    fn write(&self, level: Level, message: &str, about: Option<&str>) {
        let line = Line { level, message: message.to_owned(), about: about.map(ToOwned::to_owned) };
        self.lines.borrow_mut().push(line);
    }
}
