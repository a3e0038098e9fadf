/** Ports inside the containers: of the pooler, of HAProxy for the pooler alone, and of HAProxy for clients of Redis. */
export const DOOR_PORTS = { pooler: 6432, postgres: 5433, redis: 6381, health: 8406 } as const;
