-- Where the numbers under `tests:` come from: worked out in plain SQL, without TrueNorth.
-- Each select stands under the metric, the condition and the number that it gave. Run it in this folder with DuckDB.
create view commits as from read_csv('data/commits.csv.gz');
create view releases as from read_csv('data/releases.csv.gz');

-- commits = 28578
select count(*) from commits;

-- commits | metric_time = '2024-05' = 249
select count(*) from commits where date_trunc('month', committed_at at time zone 'Europe/Berlin') = date '2024-05-01';

-- commits | metric_time = '2024-03-31' = 2
-- the day has 23 hours in Berlin
select count(*) from commits where committed_at >= timestamptz '2024-03-31 00:00:00+01' and committed_at < timestamptz '2024-04-01 00:00:00+02';

-- commits | metric_time = '2023-10-29' = 2
-- and this one 25
select count(*) from commits where committed_at >= timestamptz '2023-10-29 00:00:00+02' and committed_at < timestamptz '2023-10-30 00:00:00+01';

-- commits | repository = 'ibis-project/ibis' = 10178
select count(*) from commits where repository like 'ibis%';

-- commits | wait = 'a week and more' = 1914
select count(*) from commits where committed_at - authored_at >= interval 7 days;

-- commits_written | metric_time = '2016' = 1351
select count(*) from commits where year(authored_at at time zone 'Europe/Berlin') = 2016;

-- authors = 1749
select count(*) from (select distinct author_id from commits);

-- authors | metric_time = '2025' = 259
select count(*) from (select distinct author_id from commits where year(committed_at at time zone 'Europe/Berlin') = 2025);

-- authors | metric_time = '2025-01' and repository = 'prometheus/prometheus' = 43
select count(distinct author_id) from commits where committed_at >= timestamptz '2025-01-01 00:00:00+01' and committed_at < timestamptz '2025-02-01 00:00:00+01' and starts_with(repository, 'prometheus');

-- authors_28_days | metric_time = '2026-06' = 45
select count(distinct author_id) from commits where committed_at >= timestamptz '2026-06-03 00:00:00+02' and committed_at < timestamptz '2026-07-01 00:00:00+02';

-- authors_28_days | metric_time = '2024-04-10' = 69
-- the window begins in winter time and ends in summer time
select count(distinct author_id) from commits where committed_at >= timestamptz '2024-03-14 00:00:00+01' and committed_at < timestamptz '2024-04-11 00:00:00+02';

-- author_lifecycle | metric_time = '2025-01' = 51
select count(distinct author_id) from commits where date_trunc('month', committed_at at time zone 'Europe/Berlin') = date '2025-01-01';

-- new_authors | metric_time = '2025-01' = 13
select count(*) from (select author_id, min(committed_at) as first from commits group by author_id) where date_trunc('month', first at time zone 'Europe/Berlin') = date '2025-01-01';

-- new_authors | metric_time = '2025' = 174
select count(*) from (select author_id, min(committed_at) as first from commits group by author_id) where year(first at time zone 'Europe/Berlin') = 2025;

-- returning_authors | metric_time = '2025-01' = 25
-- across the end of a year
select count(*) from (select author_id from commits where committed_at >= timestamptz '2025-01-01 00:00:00+01' and committed_at < timestamptz '2025-02-01 00:00:00+01' intersect select author_id from commits where committed_at >= timestamptz '2024-12-01 00:00:00+01' and committed_at < timestamptz '2025-01-01 00:00:00+01');

-- resurrecting_authors | metric_time = '2025-01' = 13
select count(*) from (select author_id from commits where committed_at >= timestamptz '2025-01-01 00:00:00+01' and committed_at < timestamptz '2025-02-01 00:00:00+01' intersect select author_id from commits where committed_at < timestamptz '2024-12-01 00:00:00+01' except select author_id from commits where committed_at >= timestamptz '2024-12-01 00:00:00+01' and committed_at < timestamptz '2025-01-01 00:00:00+01');

-- dormant_authors | metric_time = '2025-01' = 26
select count(*) from (select author_id from commits where committed_at >= timestamptz '2024-12-01 00:00:00+01' and committed_at < timestamptz '2025-01-01 00:00:00+01' except select author_id from commits where committed_at >= timestamptz '2025-01-01 00:00:00+01' and committed_at < timestamptz '2025-02-01 00:00:00+01');

-- dormant_authors | metric_time = '2024-05' and repository = 'prometheus/prometheus' = 24
-- summer time begins on 31 March, before both months
select count(*) from (select author_id from commits where starts_with(repository, 'prometheus') and committed_at >= timestamptz '2024-04-01 00:00:00+02' and committed_at < timestamptz '2024-05-01 00:00:00+02' except select author_id from commits where starts_with(repository, 'prometheus') and committed_at >= timestamptz '2024-05-01 00:00:00+02' and committed_at < timestamptz '2024-06-01 00:00:00+02');

-- author_churn | metric_time = '2025-01' = 0.50980392
select 1 - avg(case when back then 1.0 else 0.0 end) from (select author_id, bool_or(committed_at >= timestamptz '2025-01-01 00:00:00+01') as back from commits where committed_at >= timestamptz '2024-12-01 00:00:00+01' and committed_at < timestamptz '2025-02-01 00:00:00+01' group by author_id having bool_or(committed_at < timestamptz '2025-01-01 00:00:00+01'));

-- silent_authors | metric_time = '2025' = 233
-- no commit on the 90 local days after the last one of the year
select count(*) from (select author_id, max((committed_at at time zone 'Europe/Berlin')::date) filter (where year(committed_at at time zone 'Europe/Berlin') = 2025) as last, min((committed_at at time zone 'Europe/Berlin')::date) filter (where year(committed_at at time zone 'Europe/Berlin') > 2025) as next from commits group by author_id) where last is not null and (next is null or next > last + 90);

-- author_stickiness | metric_time = '2024-04-10' = 0.09420290
-- the average day of 28, the first of which have winter time
select count(*) / 28 / (select count(distinct author_id) from commits where committed_at >= timestamptz '2024-03-14 00:00:00+01' and committed_at < timestamptz '2024-04-11 00:00:00+02') from (select distinct author_id, (committed_at at time zone 'Europe/Berlin')::date from commits where committed_at >= timestamptz '2024-03-14 00:00:00+01' and committed_at < timestamptz '2024-04-11 00:00:00+02');

-- regular_authors | metric_time = '2025-01' = 4
select count(*) from (select author_id from commits where committed_at >= timestamptz '2025-01-01 00:00:00+01' and committed_at < timestamptz '2025-02-01 00:00:00+01' group by author_id having count(distinct (committed_at at time zone 'Europe/Berlin')::date) >= 5);

-- author_silence | metric_time = '2025' = 0.89961390
-- all of 2025's last commits are more than 90 days old
select avg(case when next is null or next > last + 90 then 1.0 else 0.0 end) from (select author_id, max((committed_at at time zone 'Europe/Berlin')::date) filter (where year(committed_at at time zone 'Europe/Berlin') = 2025) as last, min((committed_at at time zone 'Europe/Berlin')::date) filter (where year(committed_at at time zone 'Europe/Berlin') > 2025) as next from commits group by author_id) where last is not null;

-- commits_per_author | metric_time = '2025' = 10.23166023
select avg(n) from (select count(*) as n from commits where year(committed_at at time zone 'Europe/Berlin') = 2025 group by author_id);

-- commits_28_days | metric_time = '2026-07' = 191
select count(*) from commits where committed_at >= timestamptz '2026-07-04 00:00:00+02' and committed_at < timestamptz '2026-08-01 00:00:00+02';

-- commits_year_to_date | metric_time = '2024-03' = 1266
select count(*) from commits where committed_at >= timestamptz '2024-01-01 00:00:00+01' and committed_at < timestamptz '2024-04-01 00:00:00+02';

-- commit_growth | metric_time = '2023' = 0.35813672
select (select count(*) from commits where year(committed_at at time zone 'Europe/Berlin') = 2023)::double / (select count(*) from commits where year(committed_at at time zone 'Europe/Berlin') = 2022) - 1;

-- merges = 5092
select count(*) from commits where is_merge;

-- merges | repository = 'ibis-project/ibis' = 0
select count(*) from commits where is_merge and repository = 'ibis-project/ibis';

-- merge_share | repository = 'prometheus/prometheus' = 0.27673913
select avg(is_merge::integer) from commits where repository = 'prometheus/prometheus';

-- review_wait | metric_time = '2024' = 195.03386634
select avg(epoch(committed_at) - epoch(authored_at)) / 3600 from commits where not is_merge and year(committed_at at time zone 'Europe/Berlin') = 2024;

-- review_wait_p90 = 127.12930556
with w as (select (epoch(committed_at) - epoch(authored_at)) / 3600 as hours from commits where not is_merge), ranked as (select hours, row_number() over (order by hours) - 1 as place, 0.9 * (count(*) over () - 1) as wanted from w) select max(hours) filter (where place = floor(wanted)) + (max(wanted) - floor(max(wanted))) * (max(hours) filter (where place = ceil(wanted)) - max(hours) filter (where place = floor(wanted))) from ranked;

-- slow_commits = 1914
select count(*) from commits where epoch(committed_at) - epoch(authored_at) >= 7 * 24 * 3600;

-- slow_share | metric_time = '2025' = 0.05962264
select avg((epoch(committed_at) - epoch(authored_at) >= 604800)::integer) from commits where year(committed_at at time zone 'Europe/Berlin') = 2025;

-- releases = 614
select count(*) from releases;

-- releases | metric_time = '2025' = 69
select count(*) from releases where year(released_at at time zone 'Europe/Berlin') = 2025;

-- releases | commits.is_merge = 247
select count(*) from releases where commit_id in (select commit_id from commits where is_merge);

-- final_releases = 412
select count(*) from releases where not regexp_matches(tag, 'rc|alpha|beta');

-- final_releases | repository = 'prometheus/prometheus' and metric_time >= '2020' = 251
select count(*) from releases where repository = 'prometheus/prometheus' and not regexp_matches(tag, 'rc|alpha|beta') and released_at >= timestamptz '2020-01-01 00:00:00+01';

-- commits_per_release | repository = 'prometheus/prometheus' = 33.45454545
select (select count(*) from commits where repository = 'prometheus/prometheus')::double / (select count(*) from releases where repository = 'prometheus/prometheus');
