//! What instances may ask of the host while they are called.

use std::sync::Arc;

use super::{Connections, Ground};
use crate::component::{CallError, LogLine, Lookup, Services, Stop};
use crate::contract::{Effect, Entry, Failure, Link, Request, Response, Usage};
use crate::engine::driver::lock;
use crate::pipeline::{Directory, Role, StageIndex};
use crate::store::{LinkRow, Side, Store};
use crate::time::Instant;

/// For the instance of a connection: reading from its own account.
pub(super) struct ConnectionServices<S: Store + 'static> {
    pub(super) ground: Arc<Ground<S>>,
    pub(super) connection: usize,
}

impl<S: Store + 'static> Services for ConnectionServices<S> {
    fn now(&mut self) -> Instant {
        self.ground.now()
    }

    fn read(&mut self, request: Request) -> Result<Response, Failure> {
        self.ground.read(self.connection, &request)
    }

    fn read_all(&mut self, requests: Vec<Request>) -> Vec<Result<Response, Failure>> {
        self.ground.read_all(self.connection, &requests)
    }

    fn log(&mut self, line: LogLine) {
        self.ground.log(line);
    }
}

/// For the instance of a rule: looking things up, and remembering.
pub(super) struct RuleServices<S: Store + 'static> {
    pub(super) ground: Arc<Ground<S>>,
    pub(super) connections: Arc<Connections<S>>,
    pub(super) stage: StageIndex,
}

impl<S: Store + 'static> RuleServices<S> {
    fn directory(&self, name: &str) -> Option<&Directory> {
        match &self.ground.pipeline.stages.get(self.stage)?.role {
            Role::Transform(transform) => {
                transform.directories.iter().find(|directory| directory.name == name)
            }
            _ => None,
        }
    }

    /// Which of the two linked inputs this is.
    fn side(&self, input: &str) -> Option<Side> {
        let Role::Transform(transform) = &self.ground.pipeline.stages.get(self.stage)?.role else {
            return None;
        };
        let (left, right) = transform.links.as_ref()?;
        match input {
            _ if input == left => Some(Side::Left),
            _ if input == right => Some(Side::Right),
            _ => None,
        }
    }

    /// The account that feeds an input of the rule.
    fn account(&self, input: &str) -> Option<&str> {
        let Role::Transform(transform) = &self.ground.pipeline.stages.get(self.stage)?.role else {
            return None;
        };
        let input = transform.inputs.iter().find(|port| port.port == input)?;
        match &self.ground.pipeline.stages.get(*input.sources.first()?)?.role {
            Role::Source(source) => {
                Some(&self.ground.pipeline.connections.get(source.connection)?.account)
            }
            _ => None,
        }
    }
}

impl<S: Store + 'static> Services for RuleServices<S> {
    fn now(&mut self) -> Instant {
        self.ground.now()
    }

    fn find(&mut self, lookup: Lookup) -> Result<Vec<Vec<Entry>>, Failure> {
        let Some(directory) = self.directory(&lookup.directory) else {
            return Err(Failure::Misconfigured(format!(
                "no directory `{}` is connected",
                lookup.directory
            )));
        };
        let usage =
            Usage { collection: directory.collection.clone(), options: directory.options.clone() };
        let found = self.connections.call(directory.connection, |instance| {
            instance.find(&usage, &lookup.by, &lookup.values)
        });
        found.map_err(|error| match error {
            CallError::Failed(failure) => failure,
            error => Failure::Unexpected(error.to_string()),
        })
    }

    fn state_get(&mut self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, Stop> {
        self.ground.state_get(self.stage, &keys).map_err(|error| Stop(error.to_string()))
    }

    fn state_put(&mut self, entries: Vec<(String, Option<Vec<u8>>)>) -> Result<(), Stop> {
        self.ground.state_put(entries);
        Ok(())
    }

    fn effects(&mut self, input: &str, owner: &str, after: u64) -> Result<Vec<Effect>, Stop> {
        let Some(account) = self.account(input) else {
            return Err(Stop(format!("no source feeds the input `{input}`")));
        };
        let rows = lock(&self.ground.store)
            .effects(account, owner, after)
            .map_err(|error| Stop(error.to_string()))?;
        let effects = rows.into_iter().map(|row| Effect {
            id: row.id,
            sequence: row.sequence,
            owner: row.owner,
            delta: row.delta,
            cause: row.cause,
            status: row.status,
            settled_at: row.settled_at,
            version: row.version,
        });
        Ok(effects.collect())
    }

    fn links(&mut self, input: &str, owners: Vec<String>) -> Result<Vec<Option<Link>>, Stop> {
        let Some(side) = self.side(input) else {
            return Err(Stop(format!("`{input}` is none of the two inputs that are linked")));
        };
        let rows = self
            .ground
            .links(self.stage, side, &owners)
            .map_err(|error| Stop(error.to_string()))?;
        let link = |row: LinkRow| Link {
            id: row.id,
            other: if side == Side::Left { row.right } else { row.left },
            levels_accepted: row.levels_at.is_some(),
        };
        Ok(rows.into_iter().map(|row| row.map(link)).collect())
    }

    fn log(&mut self, line: LogLine) {
        self.ground.log(line);
    }
}
