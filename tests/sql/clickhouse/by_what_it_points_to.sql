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
  CAST(CAST(toString(intDiv(2 * CAST(1000000000000 AS Nullable(Int256)) * CAST(toDecimal256OrNull(toString(COALESCE("revenue", 0)), 12) * 1000000000000 AS Nullable(Int256)) + sign(CAST(toDecimal256OrNull(toString(COALESCE("revenue", 0)), 12) * 1000000000000 AS Nullable(Int256))) * abs(NULLIF(CAST(toDecimal256OrNull(toString(COALESCE("orders_placed", 0)), 12) * 1000000000000 AS Nullable(Int256)), 0)), 2 * abs(NULLIF(CAST(toDecimal256OrNull(toString(COALESCE("orders_placed", 0)), 12) * 1000000000000 AS Nullable(Int256)), 0))) * sign(NULLIF(CAST(toDecimal256OrNull(toString(COALESCE("orders_placed", 0)), 12) * 1000000000000 AS Nullable(Int256)), 0))) AS Nullable(DECIMAL(38, 0))) * CAST('0.000000000001' AS Nullable(DECIMAL(13, 12))) AS Nullable(DECIMAL(38, 12))) AS "order_value"
FROM leg_1
ORDER BY 2 DESC NULLS LAST, 1 ASC NULLS LAST
LIMIT 11
