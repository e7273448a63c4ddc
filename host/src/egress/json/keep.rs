//! The fields to keep of an answer, as a connector names them.

use super::scan::Key;
use crate::egress::limits;

/// The paths of a request's `keep`, joined into one tree.
#[derive(Debug, Default)]
pub struct Keep {
    root: Selection,
}

/// What to keep of one value.
#[derive(Debug, Default)]
pub(super) struct Selection {
    is_whole: bool,
    members: Vec<(String, Selection)>,
    item: Option<Box<Selection>>,
}

/// What is kept of an item of an array that no path leads into: its shell.
static NOTHING: Selection = Selection { is_whole: false, members: Vec::new(), item: None };

impl Keep {
    /// Reads paths like `items.*.sku`. None at all keeps everything.
    ///
    /// # Errors
    /// What is wrong with a path, for the connector's author.
    pub fn compile(paths: &[String]) -> Result<Self, String> {
        if paths.len() > limits::KEEP_PATHS_MAX {
            return Err(format!(
                "`keep` has {} paths, {} are allowed",
                paths.len(),
                limits::KEEP_PATHS_MAX
            ));
        }
        let mut root = Selection { is_whole: paths.is_empty(), ..Selection::default() };
        for path in paths {
            let too_long = path.len() > limits::KEEP_PATH_BYTES_MAX;
            if too_long || path.split('.').any(str::is_empty) {
                let shown: String = path.chars().take(80).collect();
                return Err(format!(
                    "`keep` has the path `{shown}`, which is too long or has an empty part"
                ));
            }
            let end = path.split('.').fold(&mut root, |at, part| at.enter(part));
            end.is_whole = true;
        }
        Ok(Self { root })
    }

    pub(in crate::egress) fn is_given(&self) -> bool {
        !self.root.is_whole
    }

    pub(super) fn root(&self) -> &Selection {
        &self.root
    }
}

impl Selection {
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What to keep of the items of this array.
    pub(super) fn item(&self) -> &Selection {
        self.item.as_deref().unwrap_or(&NOTHING)
    }

    /// What to keep of a member; `None` drops it. `next` is where the search begins, and goes on from call to call: a
    /// vendor writes members in one order, and a connector mostly names them in that.
    pub(super) fn member(&self, key: Key<'_>, next: &mut usize) -> Option<&Selection> {
        if key.has_escapes {
            let name: String = serde_json::from_slice(key.quoted).ok()?;
            return self.named(name.as_bytes(), next);
        }
        self.named(key.quoted.get(1..key.quoted.len() - 1)?, next)
    }

    fn named(&self, name: &[u8], next: &mut usize) -> Option<&Selection> {
        let (before, after) = self.members.split_at_checked(*next)?;
        let position =
            after.iter().chain(before).position(|(known, _)| known.as_bytes() == name)?;
        let position = (*next + position) % self.members.len();
        *next = position + 1;
        self.members.get(position).map(|(_, selection)| selection)
    }

    fn enter(&mut self, part: &str) -> &mut Selection {
        if part == "*" {
            return self.item.get_or_insert_default();
        }
        let known = self.members.iter().position(|(name, _)| name == part);
        let position = known.unwrap_or_else(|| {
            self.members.push((part.to_owned(), Selection::default()));
            self.members.len() - 1
        });
        &mut self.members[position].1
    }
}
