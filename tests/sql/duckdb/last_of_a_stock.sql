WITH leg_1 AS (
  SELECT
    taken.period AS "metric_time__month",
    "stocks"."shop" AS "shop",
    sum("stocks"."units") AS "stock"
  FROM "stocks" AS "stocks"
  JOIN (
    SELECT spine.period AS period, max(days.day) AS day, 1 AS size
    FROM (
      SELECT * FROM (VALUES
          (DATE '2025-01-01', DATE '2025-01-01', DATE '2025-02-01'),
          (DATE '2025-02-01', DATE '2025-02-01', DATE '2025-03-01')) AS spine(period, first, past)
    ) AS spine
    JOIN (
      SELECT DISTINCT CAST("stocks"."day" AS DATE) AS day
      FROM "stocks" AS "stocks"
      WHERE "stocks"."day" >= DATE '2025-01-01' AND "stocks"."day" < DATE '2025-03-01'
    ) AS days ON days.day >= spine.first AND days.day < spine.past
    GROUP BY spine.period
  ) AS taken ON CAST("stocks"."day" AS DATE) = taken.day
  WHERE "stocks"."day" >= DATE '2025-01-01'
    AND "stocks"."day" < DATE '2025-03-01'
  GROUP BY 1, 2
)
SELECT
  "metric_time__month",
  "shop",
  "stock" AS "stock"
FROM leg_1
ORDER BY 1 ASC NULLS LAST, 2 ASC NULLS LAST
