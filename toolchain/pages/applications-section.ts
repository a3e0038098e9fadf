/** What the reference of the configuration says of applications before the table of their fields, with one example. */
export const APPLICATIONS_SECTION = `A name of an application is its role in PostgreSQL and its user in Redis; in the table the second \`NAME\` is a database's and the third a schema's. \`understudy up\` makes on the primary what is declared and missing, and the standby has it by replication. The dry run says what would be made. [Accounts](design/accounts.md#applications) says what is compared, what is refused, and what is never taken away.

\`\`\`yaml
applications:
  shop:
    password: shopPassword # a secret of both stacks: pulumi -s STACK config set --secret understudy:shopPassword
    databases:
      shop: { connection_limit: 50 }
    redis: { keys: ["shop:*"], channels: ["shop.*"] }
  warehouse:
    password: warehousePassword
    databases:
      warehouse: { encoding: UTF8, locale: C.UTF-8 }
    redis: { keys: ["warehouse:*"], read_keys: ["shop:*"], commands: ["@read", "@write", "-@dangerous"] }
  reports:
    password: reportsPassword
    connection_limit: 5
    member_of: [readers]
  readers: # a group: without a password nobody logs in as it
    grants:
      shop: { schemas: { public: { tables: [select] } } }
      warehouse: { schemas: { public: { tables: [select] } } }
\`\`\``;
