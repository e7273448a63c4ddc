//! What all simulations of a process share: the pipeline, read and checked once, and its compiled components.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use penstock::commands::Catalogue;
use penstock::component::{Component, Runtime, RuntimeOptions};
use penstock::engine::driver::Components;
use penstock::pipeline::{self, Environment, Files, Pipeline, Role, StageIndex};

/// The pipeline file.
const PIPELINE: &str = include_str!("pipeline.toml");
/// Its name, which is also that of all that the store keeps of it.
const FILE: &str = "simulated.toml";

/// The pipeline and its compiled components.
pub struct Kit {
    pub(super) pipeline: Arc<Pipeline>,
    runtime: Arc<Runtime>,
    connections: Vec<Arc<Component>>,
    rules: HashMap<StageIndex, Arc<Component>>,
}

impl Kit {
    /// The pipeline with the connectors as they are, made when it is first asked for.
    ///
    /// # Errors
    /// Those of the build, of the pipeline file and of the components.
    pub fn shared() -> anyhow::Result<&'static Self> {
        static KIT: OnceLock<Result<Kit, String>> = OnceLock::new();
        let kit = KIT.get_or_init(|| {
            let folder = xtask::connectors().map_err(|error| format!("{error:#}"))?;
            Self::load(PIPELINE, vec![folder]).map_err(|error| format!("{error:#}"))
        });
        kit.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// The same with other words in the pipeline file.
    ///
    /// # Errors
    /// As [`Self::shared`]; also where the file has no such words.
    pub fn with(words: &str, others: &str) -> anyhow::Result<Self> {
        let text = PIPELINE.replace(words, others);
        anyhow::ensure!(text != PIPELINE, "the pipeline has no `{words}`");
        Self::load(&text, vec![xtask::connectors()?])
    }

    /// The same with a rule that lacks a guard, as `stock-delta` calls it: `order_refresh`.
    ///
    /// # Errors
    /// As [`Self::shared`].
    pub fn without(guard: &str) -> anyhow::Result<Self> {
        let folders = vec![
            xtask::build_components(&xtask::root().join("tests/guests"))?,
            xtask::connectors()?,
        ];
        let guardless = format!("connector = \"guardless\"\noptions = {{ without = \"{guard}\" }}");
        let text = PIPELINE.replace("connector = \"stock-delta\"", &guardless);
        anyhow::ensure!(text != PIPELINE, "the pipeline has no such rule");
        Self::load(&text, folders)
    }

    /// The kit of a pipeline whose connectors lie in these folders; the first that has a name counts.
    fn load(text: &str, folders: Vec<PathBuf>) -> anyhow::Result<Self> {
        let cache_dir = Some(xtask::root().join("target/code-cache"));
        let runtime = Runtime::new(RuntimeOptions { cache_dir })?;
        let catalogue = Catalogue::new(Arc::clone(&runtime), folders);
        let files = Files::load(Path::new(FILE), None, &OneFile(text))
            .map_err(|report| anyhow::anyhow!("{report:?}"))?;
        let (pipeline, reports) = pipeline::read(&files, &catalogue);
        let pipeline = pipeline.with_context(|| format!("{reports:?}"))?;
        let connections = pipeline
            .connections
            .iter()
            .map(|connection| catalogue.component(&connection.connector))
            .collect::<Result<_, _>>()?;
        let mut rules = HashMap::new();
        for (index, stage) in pipeline.stages.iter().enumerate() {
            if let Role::Transform(transform) = &stage.role {
                rules.insert(index, catalogue.component(&transform.connector)?);
            }
        }
        Ok(Self { pipeline: Arc::new(pipeline), runtime, connections, rules })
    }

    /// The components, as a run takes them. None of an earlier version is kept.
    pub(super) fn components(&self) -> Components {
        Components {
            runtime: Arc::clone(&self.runtime),
            connections: self.connections.clone(),
            rules: self.rules.clone(),
            kept: PathBuf::new(),
        }
    }
}

/// Surroundings in which there is one file, and no variable.
struct OneFile<'a>(&'a str);

impl Environment for OneFile<'_> {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &Path, _: u64) -> io::Result<Vec<u8>> {
        if path == Path::new(FILE) {
            Ok(self.0.as_bytes().to_vec())
        } else {
            Err(io::Error::from(io::ErrorKind::NotFound))
        }
    }
}
