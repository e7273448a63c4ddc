//! Keys: what makes an entry one of its kind, for ever.

use uuid::Uuid;

/// Root of all tokens. It must never change: tokens are ids at the vendors.
const TOKENS: Uuid = Uuid::from_u128(0x8f0c_5c1e_5d0b_5a43_9c8e_61f2_7a30_be57);

/// A destination is a collection of an account: `vendor:account/collection`.
pub fn destination(account: &str, collection: &str) -> String {
    format!("{account}/{collection}")
}

/// The account of a destination.
pub fn account_of(destination: &str) -> &str {
    destination.rsplit_once('/').map_or(destination, |(account, _collection)| account)
}

/// The key of an entry: the account and the collection it was read from, then its id there.
pub fn entry_key(account: &str, collection: &str, remote_id: &str) -> String {
    format!("{account}/{collection}/{remote_id}")
}

/// The id that a source knows an entry by, if the key is one of this account and collection.
pub fn remote_id<'a>(key: &'a str, account: &str, collection: &str) -> Option<&'a str> {
    key.strip_prefix(account)?.strip_prefix('/')?.strip_prefix(collection)?.strip_prefix('/')
}

/// The UUID under which a key is written at a destination: the same for ever, also from an older or a lost store.
pub fn token(destination: &str, key: &str) -> String {
    let mut name = Vec::with_capacity(destination.len() + 1 + key.len());
    name.extend_from_slice(destination.as_bytes());
    // A newline is in neither part, so no two pairs make one name.
    name.push(b'\n');
    name.extend_from_slice(key.as_bytes());
    Uuid::new_v5(&TOKENS, &name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_the_destination_and_the_key_and_never_changes() {
        // Changing this value would post every order of every shop a second time.
        assert_eq!(
            token("till:acme/sales", "shop:7/orders/1"),
            "fa7bea0d-6054-59bf-89ce-41fdbe4634bd"
        );
        assert_ne!(
            token("till:acme/sales", "shop:7/orders/1"),
            token("till:acme/sales", "shop:7/orders/2")
        );
        assert_ne!(
            token("till:acme/sales", "shop:7/orders/1"),
            token("till:acme/customers", "shop:7/orders/1")
        );
    }

    #[test]
    fn a_remote_id_is_found_only_under_its_own_account_and_collection() {
        let key = entry_key("shop:7", "orders", "a/b");
        assert_eq!(remote_id(&key, "shop:7", "orders"), Some("a/b"));
        assert_eq!(remote_id(&key, "shop:77", "orders"), None);
        assert_eq!(remote_id(&key, "shop:7", "order"), None);
    }
}
