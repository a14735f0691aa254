// What an author did wrong, or lacks. It is printed without a stack, and the exit code is 2.

export class Mistake extends Error {}
