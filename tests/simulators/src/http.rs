//! Requests and answers as plain data, so that a test can drive a simulator without a socket.

use serde_json::Value;

/// One request to a simulator. Path and query are percent-decoded, header names are lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The whole path, `/api/v3/1003/orders`.
    pub path: String,
    /// Query parameters in the order they were sent; a name may repeat.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, empty where there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without query, headers and body.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// A `GET` of `path`, where a query may follow a `?`.
    pub fn get(path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Self::new("GET", path);
        request.query = parse_query(query);
        request
    }

    /// Adds one query parameter, not yet percent-encoded.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        self.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        self
    }

    /// Sets a JSON body and its content type.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        self.body = body.to_string().into_bytes();
        self
    }

    /// The first value of a query parameter; an empty one counts as absent.
    pub fn param(&self, name: &str) -> Option<&str> {
        let bears = |(key, value): &&(String, String)| key == name && !value.is_empty();
        self.query.iter().find(bears).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter that are not empty.
    pub fn params<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The token of `Authorization: Bearer …`.
    pub fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ").map(str::trim)
    }

    /// The path without empty segments.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// The body as JSON, or what is wrong with it.
    pub fn body_json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("body is not JSON: {error}"))
    }
}

/// What becomes of an answer on its way back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It arrives.
    #[default]
    Whole,
    /// The connection closes without a byte. Whether the request took effect is for the client to find out.
    Lost,
    /// The headers promise the whole body; the connection closes after this many bytes of it.
    CutAt(usize),
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, empty where there is none.
    pub body: Vec<u8>,
    /// Whether it arrives.
    pub delivery: Delivery,
}

impl Reply {
    /// An answer with JSON text as body.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json;charset=utf-8".to_owned())],
            body: body.into(),
            delivery: Delivery::Whole,
        }
    }

    /// An answer with a JSON value as body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The first header of this lower-case name.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as JSON; `Null` where it is none. For tests.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// What the client sees: the status, or 0 where the connection closed without an answer.
    pub fn seen_status(&self) -> u16 {
        if self.delivery == Delivery::Lost { 0 } else { self.status }
    }
}

/// Decodes a path.
pub fn decode_path(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// Splits and decodes a query string.
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
