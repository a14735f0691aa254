//! Guests that take too much: each part within its limit, the sum beyond it.

use crate::zoo::wat::guests;

guests! {
    memories_over_the_sum: "refused",
        "the component does not start: the node wanted more than 64MiB of memory (limit `memory`)";
    tables_over_the_sum: "refused",
        "the component does not start: the node wanted more than 20000 table elements (limit `table-elements`)";
    too_many_memories: "refused",
        "the component does not start: the node wanted more than 4 memories (limit `memories`)";
    too_many_tables: "refused",
        "the component does not start: the node wanted more than 8 tables (limit `tables`)";
    too_many_instances: "refused",
        "the component does not start: the node wanted more than 32 core instances (limit `instances`)";
    initial_memory: "refused",
        "the component does not start: the node wanted more than 64MiB of memory (limit `memory`)";
    initial_table: "refused",
        "the component does not start: the node wanted more than 20000 table elements (limit `table-elements`)";
    grows_up_to_its_own_bound: "result", "null";
    just_within: "result", "null";
    grows_memory: "memory", "the node wanted more than 64MiB of memory (limit `memory`)";
    grows_a_table: "memory",
        "the node wanted more than 20000 table elements (limit `table-elements`)";
    realloc_grows_memory: "memory", "the node wanted more than 64MiB of memory (limit `memory`)";
    data_beyond_memory: "refused",
        "the component does not start: the node trapped: out of bounds memory access";
    elements_beyond_the_table: "refused",
        "the component does not start: the node trapped: undefined element: out of bounds table access";
    logs_fields_of_no_length: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    logs_texts_of_control_characters: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    logs_one_text_a_thousand_times: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    sends_requests_of_no_length: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    sends_headers_of_no_length: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    begins_requests_and_never_waits: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    polls_one_timer_ten_thousand_times: "memory",
        "the node wanted more than 256 handles (limit `handles`)";
    headers_of_one_name: "memory",
        "the node wanted more than 16KiB of headers (limit `request-header-bytes`)";
    headers_copied_for_ever: "memory", "the node wanted more than 256 handles (limit `handles`)";
    later_headers_of_one_name: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    later_headers_from_a_list: "deadline",
        "the execution did not end within 300ms (limit `deadline`)";
    later_headers_copied_for_ever: "memory",
        "the node wanted more than 256 handles (limit `handles`)";
    failure_of_control_characters: "result-too-large",
        "the result has more than 1048576 bytes (limit `result`)";
}
