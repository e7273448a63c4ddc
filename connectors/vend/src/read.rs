//! Reading from the till: lists to their end, searches side by side, and what each refusal means.

use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::json;
use penstock_connector_sdk::types::{Failure, Instant, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::{LIST_ROWS_MAX, One, Page, get, keep_list, keep_one, path};

/// Most pages of a list of reference data: 2 000 registers or payment types are more than any account has.
const REFERENCE_PAGES_MAX: usize = 10;

/// How long to wait after the till failed to answer a read, which the host itself has retried already: as long as the
/// vendor's own tools wait where it names no time.
const RETRY_MS: u64 = 30_000;

/// Reads for one call of the connector.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    host: &'a dyn VendorHost,
}

/// Something to read, and the fields to keep of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    pub(crate) path: &'static str,
    pub(crate) fields: &'static [&'static str],
    /// Whether it is one record (`/retailer`) rather than pages of rows. It counts as a list of one.
    single: bool,
    /// Rows asked for in one page.
    rows: usize,
    /// Whether deleted rows are asked for too.
    deleted: bool,
}

impl List {
    /// Rows in pages.
    pub(crate) const fn of(path: &'static str, fields: &'static [&'static str]) -> List {
        List { path, fields, single: false, rows: LIST_ROWS_MAX, deleted: false }
    }

    /// One record.
    pub(crate) const fn single(path: &'static str, fields: &'static [&'static str]) -> List {
        List { path, fields, single: true, rows: 1, deleted: false }
    }

    /// The same in smaller pages.
    pub(crate) const fn in_pages_of(self, rows: usize) -> List {
        List { rows, ..self }
    }

    /// The same with deleted rows among the others.
    pub(crate) const fn with_deleted(self) -> List {
        List { deleted: true, ..self }
    }

    /// The page after a version. The end is an empty page: a short one proves nothing, the till may serve fewer rows.
    pub(crate) fn page(&self, after: Option<u64>) -> Request {
        if self.single {
            return get(self.path).keep(&keep_one(self.fields)).build();
        }
        let page = get(self.path).query("page_size", self.rows).keep(&keep_list(self.fields));
        let page = if self.deleted { page.query("deleted", true) } else { page };
        match after {
            Some(after) => page.query("after", after).build(),
            None => page.build(),
        }
    }
}

/// What a walk along a list gave.
#[derive(Debug)]
pub(crate) struct Walked<T> {
    pub(crate) rows: Vec<T>,
    /// Whether the end was reached; false where the bound on pages came first.
    pub(crate) complete: bool,
}

/// A list's rows, still as JSON text: the lists of one round have rows of different types.
#[derive(Debug)]
pub(crate) struct Rows {
    path: &'static str,
    rows: Vec<Box<RawValue>>,
    /// When the first of its pages was asked for.
    pub(crate) read_at: Option<Instant>,
    /// Why there are none: a refusal that concerns this list alone.
    pub(crate) refused: Option<Failure>,
}

impl Rows {
    /// The rows as one of the types of `api`.
    pub(crate) fn typed<T: DeserializeOwned>(&self) -> Result<Vec<T>, Failure> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        let texts = self.rows.iter().map(|row| row.get().as_bytes());
        texts.map(|text| json::from_slice(text, self.path)).collect()
    }

    fn none(list: List) -> Rows {
        Rows { path: list.path, rows: Vec::new(), read_at: None, refused: None }
    }

    /// Takes a page, and tells where the next begins.
    fn take(
        &mut self,
        list: List,
        after: Option<u64>,
        answer: Response,
    ) -> Result<Option<u64>, Failure> {
        self.read_at = self.read_at.or(Some(answer.sent_at));
        if !answer.is_success() {
            self.refused = Some(refused(list.path, answer.status, &words_of(&answer.body)));
            return Ok(None);
        }
        if list.single {
            self.rows = vec![json::read::<One<Box<RawValue>>>(&answer, list.path)?.data];
            return Ok(None);
        }
        let page: Page<Box<RawValue>> = json::read(&answer, list.path)?;
        let next = next_after(list.path, after, &page)?;
        let last = self.rows.last().map(|row| row.get().to_owned());
        let rows = page.data.into_iter();
        self.rows.extend(rows.filter(|row| Some(row.get()) != last.as_deref()));
        Ok(next)
    }

    /// The one row of a list of one.
    pub(crate) fn one<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let first = self.typed()?.into_iter().next();
        first.ok_or_else(|| Failure::unexpected(format!("{}: no record", self.path)))
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(host: &'a dyn VendorHost) -> Self {
        Reader { host }
    }

    /// The answer to one read; any status but 2xx is a failure.
    pub(crate) fn read(&self, request: &Request) -> Result<Response, Failure> {
        accepted(request, self.host.read(request)?)
    }

    /// The answers to several reads, made side by side, with each answer's status left to the caller.
    pub(crate) fn read_each(&self, requests: &[Request]) -> Result<Vec<Response>, Failure> {
        match requests {
            [] => Ok(Vec::new()),
            [request] => Ok(vec![self.host.read(request)?]),
            _ => self.host.read_all(requests).into_iter().collect(),
        }
    }

    /// Several lists of reference data, each to its end, page by page side by side. A list that the token may not read
    /// is marked as refused, and the others are read all the same.
    pub(crate) fn lists<const N: usize>(&self, lists: [List; N]) -> Result<[Rows; N], Failure> {
        let mut found = lists.map(Rows::none);
        let mut open: Vec<(usize, Option<u64>)> = (0..N).map(|list| (list, None)).collect();
        for _ in 0..REFERENCE_PAGES_MAX {
            let requests: Vec<Request> =
                open.iter().map(|(list, after)| lists[*list].page(*after)).collect();
            let answers = self.read_each(&requests)?;
            let mut still_open = Vec::new();
            for ((index, after), answer) in open.into_iter().zip(answers) {
                let next = found[index].take(lists[index], after, answer)?;
                still_open.extend(next.map(|next| (index, Some(next))));
            }
            if still_open.is_empty() {
                return Ok(found);
            }
            open = still_open;
        }
        Err(Failure::Unexpected(format!(
            "a list of the till has more than {REFERENCE_PAGES_MAX} pages of {LIST_ROWS_MAX}"
        )))
    }

    /// What changed in a list after a version, at most so many pages of it.
    pub(crate) fn walk<T: DeserializeOwned>(
        &self,
        list: List,
        after: u64,
        pages_max: usize,
    ) -> Result<Walked<T>, Failure> {
        let first = self.read(&list.page(Some(after)))?;
        self.walk_on(list, after, &first, pages_max)
    }

    /// The same, from a first page that was read already.
    pub(crate) fn walk_on<T: DeserializeOwned>(
        &self,
        list: List,
        after: u64,
        first: &Response,
        pages_max: usize,
    ) -> Result<Walked<T>, Failure> {
        let mut page: Page<T> = json::read(first, list.path)?;
        let mut after = Some(after);
        let mut rows = Vec::new();
        for _ in 1..pages_max {
            after = next_after(list.path, after, &page)?;
            rows.append(&mut page.data);
            if after.is_none() {
                return Ok(Walked { rows, complete: true });
            }
            let answer = self.read(&list.page(after))?;
            page = json::read(&answer, list.path)?;
        }
        let complete = page.data.is_empty();
        rows.append(&mut page.data);
        Ok(Walked { rows, complete })
    }
}

/// How a list goes on after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// That was the end: an empty page, or the last row once more.
    End,
    /// With the page after this version.
    On(u64),
    /// Without a version there are no pages: there may be more, and no way to come to it.
    Unversioned,
    /// Its versions do not rise.
    Back,
}

impl Turn {
    /// After a page that was read from this version on.
    pub(crate) fn after<T>(after: Option<u64>, page: &Page<T>) -> Turn {
        if page.data.is_empty() {
            return Turn::End;
        }
        match page.version.as_ref().and_then(|version| version.max) {
            None => Turn::Unversioned,
            // The vendor's words leave open whether `after` is exclusive: where it is not, the last row comes once more.
            Some(max) if after == Some(max) => Turn::End,
            Some(max) if after.is_some_and(|after| max < after) => Turn::Back,
            Some(max) => Turn::On(max),
        }
    }
}

/// Where the next page begins; nothing at the end, and where a list has no versions and so no pages.
fn next_after<T>(path: &str, after: Option<u64>, page: &Page<T>) -> Result<Option<u64>, Failure> {
    match Turn::after(after, page) {
        Turn::End | Turn::Unversioned => Ok(None),
        Turn::On(next) => Ok(Some(next)),
        Turn::Back => Err(Failure::Unexpected(format!("the pages of {path} do not advance"))),
    }
}

fn accepted(request: &Request, answer: Response) -> Result<Response, Failure> {
    match answer.status {
        200..=299 => Ok(answer),
        status => Err(refused(&request.path, status, &words_of(&answer.body))),
    }
}

/// What a refused read means.
pub(crate) fn refused(path: &str, status: u16, words: &str) -> Failure {
    match status {
        401 => Failure::Unauthorized(format!("the till refused the token: {words}")),
        403 => Failure::Unauthorized(format!(
            "the till refused {path} ({words}); give the token the scope {}",
            scope_of(path)
        )),
        410 => Failure::Misconfigured(format!(
            "the till no longer serves {path}; update this connector"
        )),
        408 | 429 | 500..=599 => Failure::RetryAfter(RETRY_MS),
        _ => Failure::Unexpected(format!("the till answered {status} to {path}: {words}")),
    }
}

/// The scope that a path needs, as the vendor names it.
pub(crate) fn scope_of(path: &str) -> &'static str {
    const SCOPES: [(&str, &str); 12] = [
        (path::RETAILER, "`retailer:read`"),
        (path::REGISTERS, "`registers:read`"),
        (path::OUTLETS, "`outlets:read`"),
        (path::PAYMENT_TYPES, "`payment_types:read`"),
        (path::TAXES, "`taxes:read`"),
        (path::USER, "`users:read`"),
        (path::SALES, "`sales:read`"),
        (path::CUSTOMERS, "`customers:read`"),
        (path::PRODUCTS, "`products:read`"),
        (path::INVENTORY, "`inventory:read`"),
        // The vendor asks for this one to read its adjustments, too.
        (path::ADJUSTMENTS, "`inventory:write`"),
        (path::REASONS, "`inventory:write`"),
    ];
    let named = SCOPES.iter().find(|(prefix, _)| path.starts_with(prefix));
    named.map_or("`sales:read`, `customers:read` and `products:read`", |(_, scope)| scope)
}

/// The vendor's own words in a refusal, whatever the shape. There is no catalogue of errors; these shapes were seen.
pub(crate) fn words_of(body: &[u8]) -> String {
    const WORDS_CHARS_MAX: usize = 300;
    let words = match serde_json::from_slice::<Value>(body) {
        Ok(value) => {
            let mut words = Vec::new();
            for name in ["error", "error_description", "message", "details", "errors"] {
                collect_words(value.get(name), &mut words);
            }
            words.join(": ")
        }
        Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
    };
    if words.is_empty() {
        return "without a reason".to_owned();
    }
    words.chars().take(WORDS_CHARS_MAX).collect()
}

fn collect_words(value: Option<&Value>, words: &mut Vec<String>) {
    match value {
        Some(Value::String(text)) if !text.trim().is_empty() => words.push(text.trim().to_owned()),
        Some(Value::Array(values)) => {
            values.iter().for_each(|value| collect_words(Some(value), words));
        }
        Some(Value::Object(fields)) => {
            fields.values().for_each(|value| collect_words(Some(value), words));
        }
        _ => {}
    }
}

/// Whether what was read at `read_at` may still be used for entries read at `now`. There is no clock in a connector:
/// the host's instants on entries and answers are all there is.
pub(crate) fn still_fresh(read_at: Instant, now: Instant) -> bool {
    const KEPT_MS_MAX: i64 = 15 * 60 * 1000;
    now.saturating_sub(read_at) <= KEPT_MS_MAX
}
