//! What one does first.

/// For somebody who typed `hospes` and nothing else.
pub(crate) const FIRST_LOOK: &str = "\
runs action nodes: sandboxed WebAssembly components. Begin with:

  hospes demo          see a node at work against a local stand-in for Braze
  hospes new greet --lang python
                       make a node (or in rust, js), with tests and a solution file
  hospes test greet    build it, run its tests and its golden cases
  hospes check         find the mistakes in a solution file
  hospes --help        all commands";
