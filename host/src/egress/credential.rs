//! The proof of who we are, made once for a connection and added to each of its requests.

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use super::headers;
use super::scrub::base64;
use crate::contract::Auth;

/// What is added to a request.
pub(super) enum Credential {
    Nothing,
    /// The value is marked as sensitive, so that no `Debug` shows it.
    Header(HeaderName, HeaderValue),
    Query(String, SecretString),
}

impl Credential {
    /// # Errors
    /// Why there can be none, to stand behind the names of connection and endpoint. Never a part of the secret.
    pub(super) fn new(auth: &Auth, secret: Option<&SecretString>) -> Result<Self, String> {
        if matches!(auth, Auth::None) {
            return Ok(Self::Nothing);
        }
        let Some(secret) = secret else {
            return Err("it needs a secret, and the connection has none\n\
                        hint: add `secret = { env = \"...\" }` to the connection"
                .to_owned());
        };
        let exposed = secret.expose_secret();
        match auth {
            Auth::None => Ok(Self::Nothing),
            Auth::Bearer => Self::header(AUTHORIZATION, &format!("Bearer {exposed}")),
            Auth::Basic => Self::header(AUTHORIZATION, &format!("Basic {}", base64(exposed.as_bytes()))),
            Auth::Header(name) => Self::header(headers::credential_name(name)?, exposed),
            Auth::Query(name) => Ok(Self::Query(name.clone(), secret.clone())),
            Auth::Oauth2(_) => Err("its connector asks for OAuth 2, which this version of the host cannot do yet\n\
                                    hint: use an access token that the vendor issues for a single account"
                .to_owned()),
        }
    }

    fn header(name: HeaderName, value: &str) -> Result<Self, String> {
        let Ok(mut value) = HeaderValue::from_str(value) else {
            return Err("the connection's secret has a character that cannot stand in a header\n\
                        hint: look for a line break or a blank at its end"
                .to_owned());
        };
        value.set_sensitive(true);
        Ok(Self::Header(name, value))
    }

    pub(super) fn add_to(&self, headers: &mut HeaderMap, url: &mut Url) {
        match self {
            Self::Nothing => {}
            Self::Header(name, value) => {
                headers.insert(name, value.clone());
            }
            Self::Query(name, secret) => {
                url.query_pairs_mut().append_pair(name, secret.expose_secret());
            }
        }
    }

    /// Whether a connector's own header of this name would stand beside or instead of the credential.
    pub(super) fn is_header(&self, name: &HeaderName) -> bool {
        matches!(self, Self::Header(own, _) if own == name)
    }

    /// The same of a query parameter.
    pub(super) fn is_query(&self, name: &str) -> bool {
        matches!(self, Self::Query(own, _) if own == name)
    }
}
