//! Building requests. A connector names an endpoint of its descriptor and a path below it; the host
//! adds the rest.

use crate::types::{Failure, Method, Pair, Request, Response};

/// A request being built.
///
/// ```
/// use penstock_connector_sdk::request;
///
/// let request = request::get("api").segment("orders").segment("SHOP/7 ü").query("limit", 9).build();
/// assert_eq!(request.path, "/orders/SHOP%2F7%20%C3%BC");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder(Request);

/// A read of `endpoint`, with nothing in its path yet.
pub fn get(endpoint: &str) -> Builder {
    to(Method::Get, endpoint)
}

/// A request by `method` to `endpoint`, with nothing in its path yet.
pub fn to(method: Method, endpoint: &str) -> Builder {
    Builder(Request {
        endpoint: endpoint.to_owned(),
        method,
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        keep: Vec::new(),
    })
}

impl Builder {
    /// Appends one segment of the path, percent-encoded: nothing in it can reach beyond the
    /// segment.
    pub fn segment(mut self, segment: impl std::fmt::Display) -> Self {
        self.0.path.push('/');
        encode_segment(&segment.to_string(), &mut self.0.path);
        self
    }

    /// Appends a query parameter. Name and value are plain; the host encodes them.
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.0.query.push(Pair::new(name, value.to_string()));
        self
    }

    /// Appends a header.
    pub fn header(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.0.headers.push(Pair::new(name, value.to_string()));
        self
    }

    /// Names the fields of a JSON answer that the host is to keep, as dotted paths; the rest never
    /// enters.
    pub fn keep<S: AsRef<str>>(mut self, paths: &[S]) -> Self {
        self.0.keep.extend(paths.iter().map(|path| path.as_ref().to_owned()));
        self
    }

    /// Sets a body of JSON text. The host adds its header.
    pub fn json_body(mut self, text: String) -> Self {
        self.0.body = Some(text.into_bytes());
        self
    }

    /// The request.
    #[must_use]
    pub fn build(self) -> Request {
        self.0
    }
}

impl Pair {
    /// A name and a value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl Request {
    /// The first query parameter of this name.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }
}

impl Response {
    /// Whether the status is one of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The first header of this name, whose case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|pair| pair.name.eq_ignore_ascii_case(name))
            .map(|pair| pair.value.as_str())
    }
}

impl Failure {
    /// The vendor answered in a form that this connector does not know.
    #[must_use]
    pub fn unexpected(message: impl Into<String>) -> Self {
        Self::Unexpected(message.into())
    }
}

impl From<crate::decimal::DecimalError> for Failure {
    /// An amount that does not fit is an answer that we do not understand, never a zero.
    fn from(error: crate::decimal::DecimalError) -> Self {
        Self::Unexpected(format!("the answer holds {error}"))
    }
}

/// The unreserved characters of RFC 3986 stay, everything else becomes `%XX`. A segment of dots
/// alone is encoded too, since `.` and `..` would walk the path.
fn encode_segment(segment: &str, path: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let only_dots = segment.bytes().all(|byte| byte == b'.');
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'~')
            || (byte == b'.' && !only_dots)
        {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.push(char::from(HEX[usize::from(byte >> 4)]));
            path.push(char::from(HEX[usize::from(byte & 0xf)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::get;

    #[test]
    fn a_segment_can_not_walk_the_path() {
        for (segment, path) in [
            ("..", "/%2E%2E"),
            ("a/../b?c#d", "/a%2F..%2Fb%3Fc%23d"),
            ("%2e", "/%252e"),
            ("", "/"),
            ("a.b", "/a.b"),
        ] {
            assert_eq!(get("api").segment(segment).build().path, path);
        }
    }
}
