WITH leg_1 AS (
  SELECT
    CAST(date_trunc('month', "orders"."ordered_at") AS DATE) AS "metric_time__month",
    "customers"."region" AS "region",
    sum(("orders"."amount" - "orders"."discount")) AS "revenue"
  FROM "orders" AS "orders"
  LEFT JOIN "customers" AS "customers" ON "orders"."customer_id" = "customers"."id"
  WHERE "orders"."ordered_at" >= TIMESTAMP '2025-01-01 00:00:00'
    AND "orders"."ordered_at" < TIMESTAMP '2025-04-01 00:00:00'
    AND ("orders"."status" = 'paid')
  GROUP BY 1, 2
),
periods AS (
  SELECT * FROM (VALUES
      (DATE '2025-01-01'),
      (DATE '2025-02-01'),
      (DATE '2025-03-01')) AS spine(period)
),
groups AS (
  SELECT DISTINCT "region" FROM (
    SELECT "region" FROM leg_1
  ) AS seen
),
stacked AS (
  SELECT "metric_time__month", "region", "revenue" FROM leg_1
  UNION ALL
  SELECT period AS "metric_time__month", "region", NULL AS "revenue" FROM periods CROSS JOIN groups
),
met AS (
  SELECT "metric_time__month", "region", max("revenue") AS "revenue"
  FROM stacked
  GROUP BY "metric_time__month", "region"
)
SELECT
  "metric_time__month",
  "region",
  COALESCE("revenue", 0) AS "revenue"
FROM met
ORDER BY 1 ASC NULLS LAST, 2 ASC NULLS LAST
