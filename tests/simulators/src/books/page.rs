//! The books as a page to look at: plain HTML, made here, without a script.

use std::fmt::Write;

use super::entries::{actor_word, cause_words};
use super::{Books, CustomerEntry, OrderEntry, SaleEntry, word};

/// Rows of one table on one page.
pub const ROWS_MAX: usize = 200;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;\
color:#222}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}nav a{margin-right:1rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .7rem .2rem 0;\
border-bottom:1px solid #ddd;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}\
.bad{color:#a00}.good{color:#060}";

/// A table: the last part of its address, its title, and the titles of its columns.
type Table = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const TABLES: [Table; 6] = [
    ("orders", "Orders", &["Order", "Fate", "Buyer", "E-mail", "Placed", "Total", "Sales"]),
    ("sales", "Sales", &["Sale", "State", "Source", "Number", "Date", "Customer", "Total", "Paid", "By"]),
    ("customers", "Customers", &["Customer", "Name", "E-mail", "Created by", "Changed by"]),
    ("levels", "Stock", &["Side", "SKU", "Counter", "At first", "Now"]),
    ("movements", "Who moved it", &["Side", "When", "Counter", "By how much", "Why", "Who"]),
    ("requests", "Requests", &["Vendor", "Endpoint", "Status", "Count"]),
];

/// The page at this address below the books, `None` where there is none. `from` is the first row of a table.
pub fn page(books: &Books<'_>, base: &str, table: &str, from: usize) -> Option<String> {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Books</title>\
         <style>{STYLE}</style><h1>Books of the simulators</h1><nav><a href=\"{base}\">Summary</a>"
    );
    for (name, title, _) in TABLES {
        let _ = write!(out, "<a href=\"{base}/{name}\">{title}</a>");
    }
    let _ = write!(out, "<a href=\"/_books.json\">JSON</a></nav>");
    if table.is_empty() {
        summary(&mut out, books);
    } else {
        let (_, title, columns) = TABLES.iter().find(|(name, ..)| *name == table)?;
        let _ = write!(out, "<h2>{title}</h2><table>");
        head(&mut out, columns);
        let more = rows(&mut out, books, table, from);
        out.push_str("</table>");
        if more {
            let next = from + ROWS_MAX;
            let _ = write!(out, "<p><a href=\"{base}/{table}?from={next}\">Next rows</a></p>");
        }
    }
    out.push_str("</html>");
    Some(out)
}

fn summary(out: &mut String, books: &Books<'_>) {
    let summary = books.summary();
    let violations = books.verify();
    let counts = [
        ("Paid orders that must have a sale", summary.postable_paid_orders),
        ("Closed sales that the API wrote", summary.till_closed_sales),
        ("Customers that the API created", summary.customers_created),
        ("Requests to the shop", summary.shop_requests),
        ("Requests to the till", summary.till_requests),
        ("Faults at the shop", summary.shop_faults),
        ("Faults at the till", summary.till_faults),
    ];
    out.push_str("<h2>Summary</h2><table>");
    for (name, count) in counts {
        let _ = write!(out, "<tr><td>{name}<td class=n>{count}");
    }
    for (fate, count) in &summary.orders_by_fate {
        let _ = write!(out, "<tr><td>Orders: {}<td class=n>{count}", escaped(fate));
    }
    for (state, count) in &summary.sales_by_state {
        let _ = write!(out, "<tr><td>Sales: {}<td class=n>{count}", word(state));
    }
    out.push_str("</table><h2>Violations</h2>");
    if violations.is_empty() {
        out.push_str("<p class=good>None: every postable order has its one sale.</p>");
        return;
    }
    out.push_str("<ul class=bad>");
    for violation in violations.iter().take(ROWS_MAX) {
        let _ = write!(out, "<li>{}", escaped(violation));
    }
    out.push_str("</ul>");
}

/// Writes the rows of a table, and tells whether there are more.
fn rows(out: &mut String, books: &Books<'_>, table: &str, from: usize) -> bool {
    match table {
        "orders" => fill(out, from, books.orders(), order),
        "sales" => fill(out, from, books.sales(), sale),
        "customers" => fill(out, from, books.customers(), customer),
        "levels" => fill(out, from, books.levels(), |it| {
            let (opening, level) = (it.opening.to_string(), it.level.to_string());
            vec![it.side.to_owned(), it.sku, it.owner, opening, level]
        }),
        "movements" => fill(out, from, books.movements(), |it| {
            let (side, delta) = (it.side.to_owned(), it.delta.to_string());
            vec![side, it.at, it.owner, delta, cause_words(it.cause), actor_word(it.by)]
        }),
        _ => fill(out, from, books.requests().into_iter(), |it| {
            let (status, count) = (it.status.to_string(), it.count.to_string());
            vec![it.vendor.to_owned(), it.endpoint, status, count]
        }),
    }
}

fn order(it: OrderEntry) -> Vec<String> {
    let sales: Vec<String> = it.sales.iter().map(ToString::to_string).collect();
    let (case, total) = (word(&it.customer_case), it.total.to_string());
    vec![it.id, it.fate, case, it.email, it.created, total, sales.join(" ")]
}

fn sale(it: SaleEntry) -> Vec<String> {
    vec![
        it.id.to_string(),
        word(&it.state),
        it.source_id.unwrap_or_default(),
        it.invoice_number,
        it.date,
        it.customer_id.map(|id| id.to_string()).unwrap_or_default(),
        it.total.normalize().to_string(),
        it.paid.to_string(),
        actor_word(it.by),
    ]
}

fn customer(it: CustomerEntry) -> Vec<String> {
    let changed: Vec<String> = it.changed_by.into_iter().map(actor_word).collect();
    let created = it.created_by.map(actor_word).unwrap_or_default();
    vec![it.id.to_string(), it.name, it.email.unwrap_or_default(), created, changed.join(" ")]
}

fn head(out: &mut String, titles: &[&str]) {
    out.push_str("<tr>");
    for title in titles {
        let _ = write!(out, "<th>{title}");
    }
}

fn fill<T>(
    out: &mut String,
    from: usize,
    rows: impl Iterator<Item = T>,
    cells: impl Fn(T) -> Vec<String>,
) -> bool {
    let mut rows = rows.skip(from);
    for row in rows.by_ref().take(ROWS_MAX) {
        out.push_str("<tr>");
        for cell in cells(row) {
            let _ = write!(out, "<td>{}", escaped(&cell));
        }
    }
    rows.next().is_some()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
