WITH leg_1 AS (
  SELECT
    "customers"."region" AS "region",
    sum(("orders"."amount" - "orders"."discount")) AS "revenue"
  FROM "orders" AS "orders"
  LEFT JOIN "customers" AS "customers" ON "orders"."customer_id" = "customers"."id"
  WHERE ("orders"."status" = 'paid')
  GROUP BY 1
),
leg_2 AS (
  SELECT
    "customers"."region" AS "region",
    count(*) AS "tickets_opened"
  FROM "tickets" AS "tickets"
  LEFT JOIN "customers" AS "customers" ON "tickets"."customer_id" = "customers"."id"
  GROUP BY 1
),
stacked AS (
  SELECT "region", "revenue", NULL AS "tickets_opened" FROM leg_1
  UNION ALL
  SELECT "region", NULL AS "revenue", "tickets_opened" FROM leg_2
),
met AS (
  SELECT "region", max("revenue") AS "revenue", max("tickets_opened") AS "tickets_opened"
  FROM stacked
  GROUP BY "region"
)
SELECT
  "region",
  COALESCE("revenue", 0) AS "revenue",
  COALESCE("tickets_opened", 0) AS "tickets_opened"
FROM met
ORDER BY 1 ASC NULLS LAST
