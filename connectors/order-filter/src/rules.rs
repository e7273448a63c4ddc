//! The conditions, in the order in which they are asked: the first that fails names the reason.

use penstock_connector_sdk::commerce::{Order, PaymentStatus};

use crate::options::{Options, Status, ZeroTotal, fold, fold_words};

/// The reason why an order does not pass, in stable words that counts are kept under; nothing if it
/// passes.
pub(crate) fn reason_against(order: &Order, options: &Options) -> Option<&'static str> {
    payment_status(order, options)
        .or_else(|| placed(order, options))
        .or_else(|| currency(order, options))
        .or_else(|| total(order, options))
        .or_else(|| payment_method(order, options))
        .or_else(|| fulfillment_status(order, options))
        .or_else(|| email_domain(order, options))
}

fn payment_status(order: &Order, options: &Options) -> Option<&'static str> {
    if let PaymentStatus::Other(name) = &order.payment_status {
        let wanted = !options.custom_payment_status.is_empty()
            && options.custom_payment_status.contains(&fold(name));
        return (!wanted).then_some("custom payment status");
    }
    let status = Status::of(&order.payment_status)?;
    (!options.payment_status.contains(&status)).then_some(match status {
        Status::AwaitingPayment => "awaiting payment",
        Status::Paid => "paid",
        Status::PartiallyRefunded => "partially refunded",
        Status::Refunded => "refunded",
        Status::Cancelled => "cancelled",
        Status::Incomplete => "incomplete",
    })
}

fn placed(order: &Order, options: &Options) -> Option<&'static str> {
    let from = options.placed_from?;
    (order.placed_at < from).then_some("placed earlier")
}

fn currency(order: &Order, options: &Options) -> Option<&'static str> {
    let wanted = options.currency.as_deref()?;
    (!order.currency.eq_ignore_ascii_case(wanted)).then_some("other currency")
}

fn total(order: &Order, options: &Options) -> Option<&'static str> {
    if order.total.is_zero() && options.zero_total == ZeroTotal::Filter {
        return Some("zero total");
    }
    if options.min_total.is_some_and(|min| order.total < min) {
        return Some("below minimum");
    }
    options.max_total.is_some_and(|max| order.total > max).then_some("above maximum")
}

fn payment_method(order: &Order, options: &Options) -> Option<&'static str> {
    if order.tenders.is_empty() {
        return None;
    }
    let paid_by = |methods: &[String]| {
        !methods.is_empty()
            && order.tenders.iter().any(|tender| methods.contains(&fold(&tender.method)))
    };
    if paid_by(&options.exclude_payment_methods) {
        return Some("excluded payment method");
    }
    let refused = !options.payment_methods.is_empty() && !paid_by(&options.payment_methods);
    refused.then_some("other payment method")
}

fn fulfillment_status(order: &Order, options: &Options) -> Option<&'static str> {
    if options.fulfillment_status.is_empty() {
        return None;
    }
    let status = order.attributes.iter().find(|attribute| attribute.name == "fulfillment_status");
    let wanted = status
        .is_some_and(|status| options.fulfillment_status.contains(&fold_words(&status.value)));
    (!wanted).then_some("other fulfillment status")
}

fn email_domain(order: &Order, options: &Options) -> Option<&'static str> {
    if options.email_domain_exclude.is_empty() {
        return None;
    }
    let email = order.customer.as_ref()?.email.as_deref()?;
    let (_, domain) = email.rsplit_once('@')?;
    options.email_domain_exclude.contains(&fold(domain)).then_some("excluded e-mail domain")
}

#[cfg(test)]
mod tests {
    use penstock_connector_sdk::commerce::{Customer, Order, PaymentStatus, Tender};
    use penstock_connector_sdk::samples;
    use penstock_connector_sdk::types::{Decimal, Pair};

    use super::reason_against;
    use crate::options::Options;

    fn order() -> Order {
        let tender = |method: &str, amount: &str| Tender {
            method: method.to_owned(),
            amount: amount.parse().unwrap(),
            attributes: Vec::new(),
        };
        Order {
            total: Decimal::new(4_613, 2),
            tenders: vec![tender("Credit card", "36.13"), tender("gift card", "10")],
            attributes: vec![Pair::new("fulfillment_status", "awaiting-processing")],
            customer: Some(Customer {
                id: None,
                email: Some("Mina@Test.Example ".to_owned()),
                name: None,
                phone: None,
                attributes: Vec::new(),
            }),
            ..samples::order("1")
        }
    }

    #[track_caller]
    fn check(options: &str, order: &Order, expected: Option<&str>) {
        assert_eq!(reason_against(order, &Options::read(options).unwrap()), expected);
    }

    #[test]
    fn only_paid_orders_pass_by_default() {
        let cases = [
            (PaymentStatus::Paid, None),
            (PaymentStatus::AwaitingPayment, Some("awaiting payment")),
            (PaymentStatus::PartiallyRefunded, Some("partially refunded")),
            (PaymentStatus::Refunded, Some("refunded")),
            (PaymentStatus::Cancelled, Some("cancelled")),
            (PaymentStatus::Incomplete, Some("incomplete")),
            (PaymentStatus::Other("PAID".to_owned()), Some("custom payment status")),
        ];
        for (payment_status, expected) in cases {
            check("{}", &Order { payment_status, ..order() }, expected);
        }
    }

    #[test]
    fn a_custom_status_passes_by_its_name() {
        let on_account = Order {
            payment_status: PaymentStatus::Other("CUSTOM_PAYMENT_STATUS_2".to_owned()),
            ..order()
        };
        check(r#"{"custom_payment_status": ["custom_payment_status_2 "]}"#, &on_account, None);
        check(
            r#"{"custom_payment_status": ["CUSTOM_PAYMENT_STATUS_1"]}"#,
            &on_account,
            Some("custom payment status"),
        );
        check(r#"{"payment_status": [], "custom_payment_status": ["X"]}"#, &order(), Some("paid"));
        check(r#"{"payment_status": ["refunded", "paid"]}"#, &order(), None);
    }

    #[test]
    fn bounds_of_the_total_are_included() {
        check(r#"{"min_total": 46.13, "max_total": 46.130}"#, &order(), None);
        check(r#"{"min_total": 46.1300001}"#, &order(), Some("below minimum"));
        check(r#"{"max_total": 46.12}"#, &order(), Some("above maximum"));
    }

    #[test]
    fn an_order_with_nothing_to_pay_is_a_choice() {
        let free = Order { total: Decimal::new(0, 2), tenders: Vec::new(), ..order() };
        check("{}", &free, None);
        check(r#"{"payment_methods": ["cash"]}"#, &free, None);
        check(r#"{"zero_total": "filter"}"#, &free, Some("zero total"));
        check(r#"{"zero_total": "filter"}"#, &order(), None);
    }

    #[test]
    fn methods_are_wanted_or_excluded() {
        check(r#"{"payment_methods": ["CREDIT CARD"]}"#, &order(), None);
        check(r#"{"payment_methods": ["Cash"]}"#, &order(), Some("other payment method"));
        check(
            r#"{"exclude_payment_methods": ["Gift Card"]}"#,
            &order(),
            Some("excluded payment method"),
        );
        check(r#"{"exclude_payment_methods": ["Cash"]}"#, &order(), None);
    }

    #[test]
    fn currency_date_fulfilment_and_domain_are_held_against_the_order() {
        check(r#"{"currency": "EUR"}"#, &order(), None);
        check(r#"{"currency": "NZD"}"#, &order(), Some("other currency"));
        check(r#"{"placed_from": "2026-01-05T09:30:11Z"}"#, &order(), None);
        check(r#"{"placed_from": "2026-01-05T09:30:12Z"}"#, &order(), Some("placed earlier"));
        check(r#"{"fulfillment_status": ["AWAITING_PROCESSING"]}"#, &order(), None);
        check(r#"{"fulfillment_status": ["shipped"]}"#, &order(), Some("other fulfillment status"));
        let unknown = Order { attributes: Vec::new(), ..order() };
        check(r#"{"fulfillment_status": ["shipped"]}"#, &unknown, Some("other fulfillment status"));
        check(
            r#"{"email_domain_exclude": ["test.example"]}"#,
            &order(),
            Some("excluded e-mail domain"),
        );
        check(r#"{"email_domain_exclude": ["example"]}"#, &order(), None);
        check(
            r#"{"email_domain_exclude": ["test.example"]}"#,
            &Order { customer: None, ..order() },
            None,
        );
    }
}
