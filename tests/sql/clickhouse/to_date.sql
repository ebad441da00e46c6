WITH leg_1 AS (
  SELECT
    spine.period AS "metric_time__month",
    days."region" AS "region",
    sum(days."revenue") AS "revenue"
  FROM (
    SELECT * FROM VALUES('period Nullable(Date32), first Nullable(Date32), past Nullable(Date32)',
        ('2025-01-01', '2025-01-01', '2025-02-01'),
        ('2025-02-01', '2025-01-01', '2025-03-01'))
  ) AS spine
  JOIN (
    SELECT
      CAST("orders"."ordered_at" AS Nullable(Date32)) AS day,
      "customers"."region" AS "region",
      sum(("orders"."amount" - "orders"."discount")) AS "revenue"
    FROM "orders" AS "orders"
    LEFT JOIN "customers" AS "customers" ON "orders"."customer_id" = "customers"."id"
    WHERE "orders"."ordered_at" >= toDateTime64('2025-01-01 00:00:00', 6, 'UTC')
      AND "orders"."ordered_at" < toDateTime64('2025-03-01 00:00:00', 6, 'UTC')
      AND ("orders"."status" = 'paid')
    GROUP BY 1, 2
  ) AS days ON days.day >= spine.first AND days.day < spine.past
  GROUP BY 1, 2
)
SELECT
  "metric_time__month",
  "region",
  CASE WHEN "metric_time__month" <= CAST('2025-02-01' AS Nullable(Date32)) THEN COALESCE("revenue", 0) END AS "revenue_ytd"
FROM leg_1
ORDER BY 1 ASC NULLS LAST, 2 ASC NULLS LAST
