//! End-to-end tests of hospes: real components, real sockets, real files. They are in `all/`.
