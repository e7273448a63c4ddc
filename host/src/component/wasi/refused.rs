//! The parts of WASI that reach out of the host: files, sockets, HTTP. They are linked, because language libraries
//! import them unasked, and every use is refused.

use wasmtime::Result;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType, Val};

use crate::component::state::{HostFault, State};

const PACKAGES: [&str; 3] = ["wasi:filesystem/", "wasi:sockets/", "wasi:http/"];

/// The error by which files and sockets refuse.
const DENIED: &str = "access-denied";

/// Stands for every resource of a refused interface. No guest ever gets one.
struct Refused;

/// Whether this import is linked so that it refuses.
pub(in crate::component) fn is_refused(import: &str) -> bool {
    PACKAGES.iter().any(|package| import.starts_with(package)) && import.contains("@0.2.")
}

/// Links what the component imports of the refused interfaces. Their types are taken from the component, so that
/// every version of them will do.
pub(in crate::component) fn link(linker: &mut Linker<State>, component: &Component) -> Result<()> {
    let engine = component.engine();
    let mut known = Vec::new();
    for (import, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(interface) = item.ty else { continue };
        let refused = is_refused(import);
        let mut instance = match refused {
            true => Some(linker.instance(import)?),
            false => None,
        };
        for (name, item) in interface.exports(engine) {
            match (item.ty, &mut instance) {
                // A resource that was seen in an earlier interface is only mentioned here, and stays what it is.
                (ComponentItem::Resource(resource), instance) => {
                    if known.contains(&resource) {
                        continue;
                    }
                    known.push(resource);
                    if let Some(instance) = instance {
                        instance.resource(name, ResourceType::host::<Refused>(), |_, _| Ok(()))?;
                    }
                }
                (ComponentItem::ComponentFunc(_), Some(instance)) => {
                    link_function(instance, name, format!("{import}#{name}"))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// A list of what is open is empty; a function that can say "denied" says so; any other ends the call.
fn link_function(
    instance: &mut LinkerInstance<'_, State>,
    name: &str,
    full_name: String,
) -> Result<()> {
    let lists_what_is_open = name == "get-directories";
    instance.func_new(name, move |_guest, function, _arguments, results| {
        let answer = match lists_what_is_open {
            true => Some(Val::List(Vec::new())),
            false => denial(&function),
        };
        match (answer, results) {
            (Some(answer), [result]) => {
                *result = answer;
                Ok(())
            }
            _ => Err(HostFault::Refused(full_name.clone()).into()),
        }
    })
}

/// "Denied" as this function says it, if its error has a case for it.
fn denial(function: &ComponentFunc) -> Option<Val> {
    let Some(Type::Result(result)) = function.results().next() else { return None };
    let denied = match result.err()? {
        Type::Enum(error) if error.names().any(|name| name == DENIED) => {
            Val::Enum(DENIED.to_owned())
        }
        _ => return None,
    };
    Some(Val::Result(Err(Some(Box::new(denied)))))
}
