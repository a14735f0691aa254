//! The one `bindgen!`: the contract of `wit/` as Rust types.
//!
//! The two worlds of the contract differ only in their exports, so one world
//! that is defined here, with every export optional, covers both.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    path: "wit",
    inline: "
        package hospes:host;

        world host {
            import hospes:node/http@0.1.0;
            import hospes:node/http-async@0.1.0;
            import hospes:node/log@0.1.0;
            export hospes:node/action@0.1.0;
            export hospes:node/action-async@0.1.0;
            export hospes:node/about@0.1.0;
        }
    ",
    imports: {
        "hospes:node/http@0.1.0.send": async,
        "hospes:node/http@0.1.0.send-all": async,
    },
    exports: { default: async },
});
