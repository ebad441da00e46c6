WITH leg_1 AS (
  SELECT
    sum(("orders"."amount" - "orders"."discount")) AS "revenue"
  FROM "orders" AS "orders"
  WHERE "orders"."ordered_at" >= toDateTime64('2025-01-01 00:00:00', 6, 'UTC')
    AND "orders"."ordered_at" < toDateTime64('2026-01-01 00:00:00', 6, 'UTC')
    AND ("orders"."status" = 'paid')
)
SELECT
  COALESCE("revenue", 0) AS "revenue"
FROM leg_1
