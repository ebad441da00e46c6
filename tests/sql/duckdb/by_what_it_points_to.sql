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
  CAST(CAST(list_transform([{'above': CAST(replace(CAST(TRY_CAST(COALESCE("revenue", 0) AS DECIMAL(38, 12)) AS VARCHAR), '.', '') AS HUGEINT), 'below': NULLIF(CAST(replace(CAST(TRY_CAST(COALESCE("orders_placed", 0) AS DECIMAL(38, 12)) AS VARCHAR), '.', '') AS HUGEINT), 0)}], lambda one: one.above // one.below * 10000000000000 + one.above % one.below * 1000000 // one.below * 10000000 + one.above % one.below * 1000000 % one.below * 10000000 // one.below)[1] AS DECIMAL(38, 0)) * CAST('0.0000000000001' AS DECIMAL(14, 13)) AS DECIMAL(38, 12)) AS "order_value"
FROM leg_1
ORDER BY 2 DESC NULLS LAST, 1 ASC NULLS LAST
LIMIT 11
