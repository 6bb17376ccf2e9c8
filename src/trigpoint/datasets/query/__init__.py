"""Queries that choose lines of a manifest: the part of S3 Select's SQL that data sets are chosen with.

    select * from s3object[*] s where s."source-ref" like '%cat%' and s."my-label" is missing limit 500

The part before the condition may be left out. There are =, <>, !=, <, >, <=, >=, [NOT] LIKE ... ESCAPE, [NOT] IN,
[NOT] BETWEEN, IS [NOT] MISSING, IS [NOT] NULL, AND, OR, NOT, parentheses, texts in single quotes, numbers, TRUE, FALSE,
NULL, and LIMIT. A path names a member and members of it: s."my-label-metadata"."human-annotated", or s.tags[0].

Decision: we read it ourselves. Parsers of SQL read neither IS MISSING nor s3object[*], and read much that cannot be
served.
"""
