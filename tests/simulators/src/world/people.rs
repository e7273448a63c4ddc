//! Buyers: those whom the till knows, those it knows twice, and those it does not.

use crate::chance::Chance;
use crate::movement::Actor;
use crate::shop::order::{CustomerCase, Person};
use crate::till::{Customer, Till};

const FIRST_NAMES: [&str; 16] = [
    "Mina", "Jonas", "Aroha", "Piet", "Yuki", "Zoë", "Omar", "Lena", "Tama", "Inés", "Björn",
    "Ada", "Kiri", "Marek", "Noor", "Siôn",
];
const LAST_NAMES: [&str; 16] = [
    "Kowalski",
    "Berg",
    "Ngata",
    "de Vries",
    "Sato",
    "O'Neill",
    "Haddad",
    "Fischer",
    "Walker",
    "García",
    "Lindqvist",
    "Okafor",
    "Parata",
    "Novák",
    "Rahman",
    "Price",
];
/// Addresses that two customers of the till bear.
const TWINS: u32 = 5;
/// Addresses that the till does not know, and that come again and again.
const REGULARS: u64 = 5;

/// A customer that the till knows.
pub(super) struct Profile {
    pub first: &'static str,
    pub last: &'static str,
    pub email: String,
}

/// All of them.
pub(super) struct People {
    known: Vec<Profile>,
    twins: Vec<Profile>,
}

/// A buyer as an order shows him.
pub(super) struct Buyer {
    pub email: String,
    pub person: Option<Person>,
}

impl People {
    pub(super) fn draw(seed: u64, count: u32) -> Self {
        let mut chance = Chance::new(&[seed, 40]);
        let profile = |chance: &mut Chance, index: u32, host: &str| {
            let (first, last) = (*chance.pick(&FIRST_NAMES), *chance.pick(&LAST_NAMES));
            // Some are kept in mixed case, as people typed them.
            let start = if index % 5 == 4 { "Buyer" } else { "buyer" };
            Profile { first, last, email: format!("{start}.{index}@{host}") }
        };
        Self {
            known: (0..count).map(|index| profile(&mut chance, index, "example.org")).collect(),
            twins: (0..TWINS).map(|index| profile(&mut chance, index, "twins.example")).collect(),
        }
    }

    /// Puts the known ones into the till. Of two with one address neither the version nor the id tells the older.
    pub(super) fn move_in(&self, till: &mut Till) {
        let customer = |profile: &Profile| Customer {
            first_name: Some(profile.first.to_owned()),
            last_name: Some(profile.last.to_owned()),
            email: Some(profile.email.clone()),
            phone: Some("+64 21 555 0100".to_owned()),
            note: Some("since 2019".to_owned()),
            ..Customer::default()
        };
        let walk_in = Customer { customer_code: "WALKIN".to_owned(), ..Customer::default() };
        till.add_customer(walk_in, Actor::World);
        for profile in self.known.iter().chain(&self.twins) {
            till.add_customer(customer(profile), Actor::World);
        }
        // The second ones are younger, but for one pair that came in the same second.
        for (index, profile) in self.twins.iter().enumerate() {
            if index > 0 {
                till.pass(3_600_000);
            }
            let mut second = customer(profile);
            second.note = Some("typed in again".to_owned());
            till.add_customer(second, Actor::World);
        }
        // A later change of the older one moves its version past that of the younger.
        for profile in self.twins.iter().step_by(2) {
            let found = till
                .customers()
                .rows()
                .iter()
                .find(|row| row.value.email.as_deref() == Some(profile.email.as_str()));
            if let Some(id) = found.map(|row| row.id) {
                till.edit_customer(id, |customer| customer.note = Some("regular".to_owned()));
            }
        }
    }

    /// The buyer of an order.
    pub(super) fn buyer(&self, case: CustomerCase, index: u32, chance: &mut Chance) -> Buyer {
        let known = &self.known[chance.below(self.known.len() as u64) as usize];
        let named = |profile: &Profile| Some(person(format!("{} {}", profile.first, profile.last)));
        let drawn = format!("{} {}", chance.pick(&FIRST_NAMES), chance.pick(&LAST_NAMES));
        match case {
            CustomerCase::Known | CustomerCase::Unplanned => {
                Buyer { email: known.email.clone(), person: named(known) }
            }
            CustomerCase::KnownOtherCase => {
                Buyer { email: known.email.to_uppercase(), person: named(known) }
            }
            CustomerCase::KnownWithBlanks => {
                Buyer { email: format!("  {} ", known.email), person: named(known) }
            }
            CustomerCase::DifferingName => {
                Buyer { email: known.email.clone(), person: Some(person(format!("{drawn} jun."))) }
            }
            CustomerCase::Unknown => {
                Buyer { email: format!("new.{index}@new.example"), person: Some(person(drawn)) }
            }
            CustomerCase::NoName => {
                Buyer { email: format!("guest.{index}@new.example"), person: None }
            }
            CustomerCase::NoEmail => Buyer { email: String::new(), person: Some(person(drawn)) },
            CustomerCase::TwoProfiles => {
                let twin = chance.pick(&self.twins);
                Buyer { email: twin.email.clone(), person: named(twin) }
            }
            CustomerCase::RepeatedUnknown => {
                let email = format!("regular.{}@new.example", chance.below(REGULARS));
                let email = match chance.below(3) {
                    0 => email,
                    1 => email.to_uppercase(),
                    _ => format!("{email} "),
                };
                Buyer { email, person: Some(person("Regular Buyer".to_owned())) }
            }
        }
    }
}

fn person(name: String) -> Person {
    Person {
        name,
        street: "12 Kowhai Street\nFlat 3".to_owned(),
        city: "Nelson".to_owned(),
        country_code: "NZ".to_owned(),
        postal_code: "7010".to_owned(),
        phone: "+64 3 555 0199".to_owned(),
    }
}
