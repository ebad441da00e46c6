WITH leg_1 AS (
  SELECT
    "bridge"."group_0" AS "sku",
    sum(("orders"."amount" - "orders"."discount")) AS "revenue"
  FROM "orders" AS "orders"
  JOIN (
    SELECT DISTINCT "orders"."id" AS "id", "items"."sku" AS "group_0"
    FROM "orders" AS "orders"
    LEFT JOIN "customers" AS "customers" ON "orders"."customer_id" = "customers"."id"
    LEFT JOIN "items" AS "items" ON "orders"."id" = "items"."order_id"
    WHERE ("customers"."region" IN ('EU') OR "customers"."region" IS NULL)
  ) AS "bridge" ON "orders"."id" = "bridge"."id"
  WHERE ("orders"."status" = 'paid')
  GROUP BY 1
)
SELECT
  "sku",
  COALESCE("revenue", 0) AS "revenue"
FROM leg_1
ORDER BY 1 ASC NULLS LAST
