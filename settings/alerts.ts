/** The alert that always fires: whoever waits for it learns by its absence that nobody watches the pair any more. */
export const WATCHDOG = "Watchdog";
