//! Base URLs.

use reqwest::Url;

use crate::pipeline::URL_CHARS_MAX;

/// An absolute base URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BaseUrl {
    /// Without a slash at its end.
    pub text: String,
    /// `http`: nothing on the way is encrypted.
    pub plain: bool,
}

/// Reads a base URL: `http` or `https`, a host, no user, no query, no fragment. The error is a sentence without its
/// subject.
pub(super) fn parse(text: &str) -> Result<BaseUrl, String> {
    if text.len() > URL_CHARS_MAX {
        return Err(format!("has more than {URL_CHARS_MAX} characters"));
    }
    if text.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\') {
        return Err("has a blank, a backslash or a control character".to_owned());
    }
    let url = Url::parse(text).map_err(|cause| format!("is not an absolute URL: {cause}"))?;
    let plain = match url.scheme() {
        "https" => false,
        "http" => true,
        other => return Err(format!("has the scheme `{other}`, where `https` is wanted")),
    };
    if url.host_str().is_none_or(str::is_empty) {
        return Err("has no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
        return Err("has a user in it".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment".to_owned());
    }
    Ok(BaseUrl { text: url.as_str().trim_end_matches('/').to_owned(), plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_normal() {
        let url = |text: &str| parse(text).map(|url| url.text);
        assert_eq!(url("https://API.Acme.test/v3/").as_deref(), Ok("https://api.acme.test/v3"));
        assert_eq!(url("http://127.0.0.1:9000").as_deref(), Ok("http://127.0.0.1:9000"));
        assert_eq!(url("https://[::1]:9000/").as_deref(), Ok("https://[::1]:9000"));
    }

    #[test]
    fn what_is_no_base_url_is_told() {
        for text in [
            "",
            "acme.test",
            "/v3",
            "ftp://a.test",
            "https://",
            "https://u:p@a.test",
            "https://a.test?x=1",
            "https://a.test#f",
            "https://a.test/a b",
            "https:\\\\a.test",
            "file:///etc/passwd",
            "https://@a.test",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("https://a.test/{}", "x".repeat(URL_CHARS_MAX))).is_err());
    }
}
