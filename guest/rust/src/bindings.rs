//! The only generated code: the interfaces of the contract.
//!
//! No generated type leaves this crate but for what the export macro needs.
//!
//! Both worlds of the contract export `about`, and the generator cannot write
//! the export of one interface twice in one crate. So the worlds are generated
//! in three parts: what they share, and what each of them adds. A component
//! exports the shared part and one of the others, which together are one of the
//! contract's worlds.

#![allow(missing_docs, unreachable_pub, reason = "written by wit-bindgen")]
#![allow(
    unsafe_code,
    reason = "the canonical ABI moves values through raw memory"
)]

/// What both worlds share.
pub mod shared {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package hospes:guest-shared;

            world shared {
                import hospes:node/http@0.1.0;
                import hospes:node/log@0.1.0;
                export hospes:node/about@0.1.0;
            }
        ",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_shared",
    });
}

/// What the world `node` adds.
pub mod node {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package hospes:guest-node;

            world node {
                export hospes:node/action@0.1.0;
            }
        ",
        with: {
            "hospes:node/types@0.1.0": super::shared::hospes::node::types,
            "hospes:node/action@0.1.0": generate,
        },
        pub_export_macro: true,
        export_macro_name: "export_node",
    });
}

/// What the world `node-async` adds.
pub mod node_async {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package hospes:guest-node-async;

            world node-async {
                import hospes:node/http-async@0.1.0;
                export hospes:node/action-async@0.1.0;
            }
        ",
        with: {
            "hospes:node/types@0.1.0": super::shared::hospes::node::types,
            "hospes:node/http@0.1.0": super::shared::hospes::node::http,
            "hospes:node/http-async@0.1.0": generate,
            "hospes:node/action-async@0.1.0": generate,
        },
        pub_export_macro: true,
        export_macro_name: "export_node_async",
    });
}
