//! What the account lacks for stock: scopes, the plan's feature, and the reasons that adjustments are made under.

use penstock_connector_sdk::connector::Finding;
use penstock_connector_sdk::types::Failure;

use super::Findings;
use crate::api::path;
use crate::api::stock::{ADJUSTMENTS, REASONS, Reason, newest_level};
use crate::options::StockOptions;
use crate::read::{Reader, refused, words_of};
use crate::stock::reason::{Sign, usable};

impl Findings {
    /// Looks at all that stock needs. Whether levels are only read or also written is not told to a check: what only a
    /// write needs is a warning.
    pub(super) fn stock(
        &mut self,
        options: &StockOptions,
        reader: Reader<'_>,
    ) -> Result<(), Failure> {
        let requests = [newest_level(), ADJUSTMENTS.in_pages_of(1).page(None)];
        let answers = reader.read_each(&requests)?;
        let [levels, adjustments] = answers.as_slice() else {
            return Err(Failure::unexpected("the till left out an answer"));
        };
        if !levels.is_success() {
            match refused(path::INVENTORY, levels.status, &words_of(&levels.body)) {
                Failure::Unauthorized(message) => {
                    self.fault(message, "give the token this scope in the till, or make a new one");
                }
                failure => return Err(failure),
            }
        }
        let words = words_of(&adjustments.body);
        match adjustments.status {
            200..=299 => {
                let [reasons] = reader.lists([REASONS])?;
                self.reasons(options, &reasons.typed::<Reason>()?);
            }
            status @ (402..=404 | 410) => {
                let path = path::ADJUSTMENTS;
                let fact = "stock can be read, but not adjusted";
                self.warning(
                    format!("{fact}: the till answered {status} to {path} ({words})"),
                    "give the token the scope `inventory:write`, and see that the account's plan has stock adjustments",
                );
            }
            status => return Err(refused(path::ADJUSTMENTS, status, &words)),
        }
        Ok(())
    }

    fn reasons(&mut self, options: &StockOptions, reasons: &[Reason]) {
        if options.reason_up == options.reason_down {
            self.fault(
                "`reason_up` and `reason_down` are one, and a reason of the till has one sign",
                "set `reason_down` to another name",
            );
            return;
        }
        for sign in Sign::ALL {
            let name = sign.name(options);
            match usable(reasons, sign, name) {
                Ok(Some(_)) => {}
                Ok(None) => self.0.push(Finding::note(format!(
                    "the till has no reason `{name}` yet: the first adjustment creates it"
                ))),
                Err(refusal) => self.refusal(refusal),
            }
        }
    }
}
