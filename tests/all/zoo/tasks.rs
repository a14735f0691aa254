//! Guests that abuse the async world.

use crate::zoo::wat::guests;

guests! {
    async_honest: "result", "null";
    async_answers_twice: "trap",
        "the node trapped: `task.return` or `task.cancel` called more than once for current task";
    async_never_answers: "trap", "the node trapped: async-lifted export failed to produce a result";
    async_yields_for_ever: "deadline", "the execution did not end within 300ms (limit `deadline`)";
    async_waits_for_nothing: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    async_waits_for_a_lie: "trap", "the node broke the contract: unknown handle index 127";
    async_speaks_no_code: "trap", "the node trapped: unsupported callback code";
    async_loops_after_its_answer: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    async_goes_on_after_its_answer: "result", "null";
    async_callback_loops: "deadline", "the execution did not end within 300ms (limit `deadline`)";
}
