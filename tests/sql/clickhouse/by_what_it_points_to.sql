WITH leg_1 AS (
  SELECT
    "customers"."region" AS "region",
    sum(CASE WHEN ("orders"."status" = 'paid') THEN ("orders"."amount" - "orders"."discount") END) AS "revenue",
    count(*) AS "orders_placed"
  FROM "orders" AS "orders"
  LEFT JOIN "customers" AS "customers" ON "orders"."customer_id" = "customers"."id"
  WHERE ("orders"."status" <> 'test')
  GROUP BY 1
)
SELECT
  "region",
  CAST(COALESCE("revenue", 0) AS Nullable(Float64)) / NULLIF(CAST(COALESCE("orders_placed", 0) AS Nullable(Float64)), 0) AS "order_value"
FROM leg_1
ORDER BY 2 DESC NULLS LAST, 1 ASC NULLS LAST
LIMIT 11
