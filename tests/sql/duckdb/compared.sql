WITH leg_1 AS (
  SELECT
    CAST(date_trunc('month', "orders"."ordered_at") AS DATE) AS "metric_time__month",
    sum(("orders"."amount" - "orders"."discount")) AS "revenue"
  FROM "orders" AS "orders"
  WHERE "orders"."ordered_at" >= TIMESTAMP '2025-03-01 00:00:00'
    AND "orders"."ordered_at" < TIMESTAMP '2025-05-01 00:00:00'
    AND ("orders"."status" = 'paid')
  GROUP BY 1
),
leg_2 AS (
  SELECT
    spine.period AS "metric_time__month",
    sum(days."revenue__2") AS "revenue__2"
  FROM (
    SELECT * FROM (VALUES
        (DATE '2025-03-01', DATE '2025-02-01', DATE '2025-03-01'),
        (DATE '2025-04-01', DATE '2025-03-01', DATE '2025-04-01')) AS spine(period, first, past)
  ) AS spine
  JOIN (
    SELECT
      CAST("orders"."ordered_at" AS DATE) AS day,
      sum(("orders"."amount" - "orders"."discount")) AS "revenue__2"
    FROM "orders" AS "orders"
    WHERE "orders"."ordered_at" >= TIMESTAMP '2025-02-01 00:00:00'
      AND "orders"."ordered_at" < TIMESTAMP '2025-04-01 00:00:00'
      AND ("orders"."status" = 'paid')
    GROUP BY 1
  ) AS days ON days.day >= spine.first AND days.day < spine.past
  GROUP BY 1
),
leg_3 AS (
  SELECT
    spine.period AS "metric_time__month",
    sum(days."revenue__3") AS "revenue__3"
  FROM (
    SELECT * FROM (VALUES
        (DATE '2025-03-01', DATE '2024-03-01', DATE '2024-04-01'),
        (DATE '2025-04-01', DATE '2024-04-01', DATE '2024-05-01')) AS spine(period, first, past)
  ) AS spine
  JOIN (
    SELECT
      CAST("orders"."ordered_at" AS DATE) AS day,
      sum(("orders"."amount" - "orders"."discount")) AS "revenue__3"
    FROM "orders" AS "orders"
    WHERE "orders"."ordered_at" >= TIMESTAMP '2024-03-01 00:00:00'
      AND "orders"."ordered_at" < TIMESTAMP '2024-05-01 00:00:00'
      AND ("orders"."status" = 'paid')
    GROUP BY 1
  ) AS days ON days.day >= spine.first AND days.day < spine.past
  GROUP BY 1
),
leg_4 AS (
  SELECT
    spine.period AS "metric_time__month",
    sum(days."revenue__4") AS "revenue__4"
  FROM (
    SELECT * FROM (VALUES
        (DATE '2025-03-01', DATE '2024-02-01', DATE '2024-03-01'),
        (DATE '2025-04-01', DATE '2024-03-01', DATE '2024-04-01')) AS spine(period, first, past)
  ) AS spine
  JOIN (
    SELECT
      CAST("orders"."ordered_at" AS DATE) AS day,
      sum(("orders"."amount" - "orders"."discount")) AS "revenue__4"
    FROM "orders" AS "orders"
    WHERE "orders"."ordered_at" >= TIMESTAMP '2024-02-01 00:00:00'
      AND "orders"."ordered_at" < TIMESTAMP '2024-04-01 00:00:00'
      AND ("orders"."status" = 'paid')
    GROUP BY 1
  ) AS days ON days.day >= spine.first AND days.day < spine.past
  GROUP BY 1
),
stacked AS (
  SELECT "metric_time__month", "revenue", NULL AS "revenue__2", NULL AS "revenue__3", NULL AS "revenue__4" FROM leg_1
  UNION ALL
  SELECT "metric_time__month", NULL AS "revenue", "revenue__2", NULL AS "revenue__3", NULL AS "revenue__4" FROM leg_2
  UNION ALL
  SELECT "metric_time__month", NULL AS "revenue", NULL AS "revenue__2", "revenue__3", NULL AS "revenue__4" FROM leg_3
  UNION ALL
  SELECT "metric_time__month", NULL AS "revenue", NULL AS "revenue__2", NULL AS "revenue__3", "revenue__4" FROM leg_4
),
met AS (
  SELECT "metric_time__month", max("revenue") AS "revenue", max("revenue__2") AS "revenue__2", max("revenue__3") AS "revenue__3", max("revenue__4") AS "revenue__4"
  FROM stacked
  GROUP BY "metric_time__month"
)
SELECT
  "metric_time__month",
  CAST((COALESCE("revenue", 0)) AS DOUBLE) / NULLIF(CAST((COALESCE("revenue__2", 0)) AS DOUBLE), 0) - 1 AS "growth",
  CAST((COALESCE("revenue__3", 0)) AS DOUBLE) / NULLIF(CAST((COALESCE("revenue__4", 0)) AS DOUBLE), 0) - 1 AS "growth__previous"
FROM met
ORDER BY 1 ASC NULLS LAST
