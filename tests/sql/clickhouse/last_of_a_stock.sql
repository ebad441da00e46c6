WITH leg_1 AS (
  SELECT
    taken.period AS "metric_time__month",
    "stocks"."shop" AS "shop",
    sum(CAST("stocks"."units" AS Nullable(Int128))) AS "stock"
  FROM "stocks" AS "stocks"
  JOIN (
    SELECT spine.period AS period, max(days.day) AS day, 1 AS size
    FROM (
      SELECT * FROM VALUES('period Nullable(Date32), first Nullable(Date32), past Nullable(Date32)',
          ('2025-01-01', '2025-01-01', '2025-02-01'),
          ('2025-02-01', '2025-02-01', '2025-03-01'))
    ) AS spine
    JOIN (
      SELECT DISTINCT CAST("stocks"."day" AS Nullable(Date32)) AS day
      FROM "stocks" AS "stocks"
      WHERE "stocks"."day" >= CAST('2025-01-01' AS Nullable(Date32)) AND "stocks"."day" < CAST('2025-03-01' AS Nullable(Date32))
    ) AS days ON days.day >= spine.first AND days.day < spine.past
    GROUP BY spine.period
  ) AS taken ON CAST("stocks"."day" AS Nullable(Date32)) = taken.day
  WHERE "stocks"."day" >= CAST('2025-01-01' AS Nullable(Date32))
    AND "stocks"."day" < CAST('2025-03-01' AS Nullable(Date32))
  GROUP BY 1, 2
)
SELECT
  "metric_time__month",
  "shop",
  "stock" AS "stock"
FROM leg_1
ORDER BY 1 ASC NULLS LAST, 2 ASC NULLS LAST
