//! What only ureq can do wrong. What every transport promises is tested in
//! `crate::tests::transports`.

mod logging;
