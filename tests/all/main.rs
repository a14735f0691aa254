//! One binary with all end-to-end tests, one topic a file.

mod architecture;
mod capability;
mod guests;
mod http;
mod load;
mod logs;
mod retries;
mod secrets;
mod support;
mod upstream;
