//! HTTP/1.1 between a socket and the state machines. An answer that is lost closes the socket without a byte.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};

use super::{Desk, State};
use crate::http::{Delivery, Reply, Request, decode_path, parse_query};

/// Largest body of a request, in bytes; both vendors refuse far smaller ones.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Serves one port until the task is dropped.
pub(super) async fn accept(listener: TcpListener, desk: Desk, state: Arc<State>) {
    loop {
        // An error here is the client's, who went away before it was served.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, desk, state.clone()));
        }
    }
}

async fn serve(stream: TcpStream, desk: Desk, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let state = state.clone();
        async move { answer(request, desk, &state).await }
    });
    // It ends with an error whenever an answer was to be lost, or the client went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    desk: Desk,
    state: &State,
) -> io::Result<Response<ReplyBody>> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) => return Err(io::Error::other(error)),
    };
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: decode_path(parts.uri.path()),
        query: parse_query(parts.uri.query().unwrap_or("")),
        headers: headers.collect(),
        body,
    };
    to_response(state.handle(desk, &request))
}

/// An error closes the socket, before a byte of the answer was sent.
fn to_response(reply: Reply) -> io::Result<Response<ReplyBody>> {
    if reply.delivery == Delivery::Lost {
        return Err(io::Error::other("the answer is lost"));
    }
    let whole = reply.body.len();
    let mut body = reply.body;
    let cut = match reply.delivery {
        Delivery::CutAt(length) => {
            body.truncate(length);
            true
        }
        _ => false,
    };
    let rest = if cut { Rest::Pause } else { Rest::End };
    let mut response = Response::new(ReplyBody { left: Some(Bytes::from(body)), rest });
    *response.status_mut() = StatusCode::from_u16(reply.status).map_err(io::Error::other)?;
    for (name, value) in &reply.headers {
        let name =
            hyper::header::HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
        let value = value.parse::<hyper::header::HeaderValue>().map_err(io::Error::other)?;
        response.headers_mut().append(name, value);
    }
    response.headers_mut().insert(hyper::header::CONTENT_LENGTH, whole.into());
    Ok(response)
}

/// A body that may break off.
struct ReplyBody {
    left: Option<Bytes>,
    rest: Rest,
}

/// What comes after the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing.
    End,
    /// One turn without news, so that what was written reaches the socket before it is closed.
    Pause,
    /// The socket is closed.
    Break,
}

impl hyper::body::Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.left.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.rest {
            Rest::End => Poll::Ready(None),
            Rest::Pause => {
                self.rest = Rest::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Rest::Break => Poll::Ready(Some(Err(io::Error::other("the body is cut")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest == Rest::End && self.left.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.left, self.rest) {
            (Some(bytes), Rest::End) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
