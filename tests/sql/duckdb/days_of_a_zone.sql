WITH leg_1 AS (
  SELECT
    CAST(CASE WHEN "orders"."ordered_at" < TIMESTAMP '2025-03-09 07:00:00' THEN "orders"."ordered_at" + INTERVAL (-18000) SECOND ELSE "orders"."ordered_at" + INTERVAL (-14400) SECOND END AS DATE) AS "metric_time__day",
    count(*) AS "orders_placed"
  FROM "orders" AS "orders"
  WHERE "orders"."ordered_at" >= TIMESTAMP '2025-03-08 05:00:00'
    AND "orders"."ordered_at" < TIMESTAMP '2025-03-11 04:00:00'
  GROUP BY 1
)
SELECT
  "metric_time__day",
  COALESCE("orders_placed", 0) AS "orders_placed"
FROM leg_1
ORDER BY 1 ASC NULLS LAST
