//! The plain program over HTTP: reads pages of orders, looks up who and what is in them, and posts the sales.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, RequestBuilder, Url};

use super::{FIELDS, Page, SET_UP, Till, comparable, first_id, sales};

/// Requests on their way at once: as many as the product has.
const IN_FLIGHT_MAX: usize = 8;

/// Orders of one page, the vendor's bound.
const PAGE_ORDERS: usize = 100;

/// Where the vendors are, and what they are told.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// `http://127.0.0.1:…/api/v3/1003`
    pub(crate) shop: String,
    pub(crate) shop_token: String,
    /// `http://127.0.0.1:…/api`
    pub(crate) till: String,
    pub(crate) till_token: String,
}

/// Posts the sales of all paid orders, and tells how many.
///
/// # Errors
/// Anything that is not as expected ends it.
pub(crate) fn run(addresses: &Addresses) -> anyhow::Result<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(post_all(&Caller { client: client()?, addresses }))
}

#[allow(clippy::disallowed_methods, reason = "the yardstick is no part of the product")]
fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().no_proxy().build()?)
}

struct Caller<'a> {
    client: Client,
    addresses: &'a Addresses,
}

async fn post_all(caller: &Caller<'_>) -> anyhow::Result<usize> {
    let mut till = caller.set_up().await?;
    let (mut offset, mut posted) = (0, 0);
    loop {
        let text = caller.page(offset).await?;
        let page: Page<'_> = serde_json::from_slice(&text).context("a page of orders")?;
        caller.look_up(&page, &mut till).await?;
        let bodies = sales(&page, &till)?;
        posted += bodies.len();
        let posts = bodies.into_iter().map(|body| caller.post(body));
        stream::iter(posts).buffer_unordered(IN_FLIGHT_MAX).try_collect::<()>().await?;
        offset += page.items.len();
        if page.items.is_empty() || offset >= page.total {
            return Ok(posted);
        }
    }
}

impl Caller<'_> {
    fn till(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<RequestBuilder> {
        let url =
            Url::parse_with_params(&format!("{}/2026-07/{path}", self.addresses.till), query)?;
        Ok(self.client.get(url).bearer_auth(&self.addresses.till_token))
    }

    async fn page(&self, offset: usize) -> anyhow::Result<Vec<u8>> {
        let (offset, limit) = (offset.to_string(), PAGE_ORDERS.to_string());
        let query = [("responseFields", FIELDS), ("offset", &offset), ("limit", &limit)];
        let url = Url::parse_with_params(&format!("{}/orders", self.addresses.shop), query)?;
        answer(self.client.get(url).bearer_auth(&self.addresses.shop_token)).await
    }

    /// Register, user, payment types and taxes.
    async fn set_up(&self) -> anyhow::Result<Till> {
        let mut answers = Vec::with_capacity(SET_UP.len());
        for list in SET_UP {
            answers.push(answer(self.till(list, &[])?).await?);
        }
        Till::read(&answers)
    }

    /// Customers and products of a page. Products are kept; customers are asked for with each page, as the product
    /// does, because the till's staff may add and merge them at any time.
    async fn look_up(&self, page: &Page<'_>, till: &mut Till) -> anyhow::Result<()> {
        let emails = page.items.iter().filter_map(|order| order.email.as_deref());
        let forms = emails.flat_map(|email| [email.trim().to_owned(), comparable(email)]).collect();
        let found = self.search("customers", "email", forms).await?.into_iter();
        till.customers = found.map(|(email, id)| (comparable(&email), id)).collect();
        let skus =
            page.items.iter().flat_map(|order| &order.items).map(|item| item.sku.trim().to_owned());
        let unknown: BTreeSet<String> =
            skus.filter(|sku| !till.products.contains_key(sku)).collect();
        till.products.extend(self.search("products", "sku", unknown).await?);
        Ok(())
    }

    /// The first record of each value that has one.
    async fn search(
        &self,
        what: &str,
        by: &str,
        values: BTreeSet<String>,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let searches = values.into_iter().map(|value| async move {
            // The till searches by a SKU in small letters only.
            let asked = if by == "sku" { value.to_lowercase() } else { value.clone() };
            let text =
                answer(self.till("search", &[("type", what), (by, asked.as_str())])?).await?;
            anyhow::Ok(first_id(&text)?.map(|id| (value, id)))
        });
        let found: Vec<_> =
            stream::iter(searches).buffer_unordered(IN_FLIGHT_MAX).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn post(&self, body: Vec<u8>) -> anyhow::Result<()> {
        let url = format!("{}/2026-07/sales", self.addresses.till);
        let request = self.client.post(url).bearer_auth(&self.addresses.till_token);
        answer(request.header("content-type", "application/json").body(body)).await.map(drop)
    }
}

async fn answer(request: RequestBuilder) -> anyhow::Result<Vec<u8>> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.bytes().await?;
    ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    Ok(body.into())
}
