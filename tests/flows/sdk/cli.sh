#!/bin/sh
# What people do with the AWS CLI: buckets and files, jobs, logs.
set -eu
export AWS_PAGER=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

aws s3 mb s3://sdk-cli
aws s3 cp "$SDK_PICTURE" s3://sdk-cli/a/picture.jpg
aws s3 ls s3://sdk-cli/a/ | grep picture.jpg
aws s3 sync "s3://$SDK_BUCKET/images" "$work/images"
test "$(ls "$work/images" | wc -l)" = 8
aws s3 sync "$work/images" s3://sdk-cli/images
test -z "$(aws s3 sync "$work/images" s3://sdk-cli/images)" # nothing is left to do
"$SDK_PYTHON" -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' \
  "$(aws s3 presign s3://sdk-cli/a/picture.jpg)" | cmp - "$SDK_PICTURE"
aws s3 rm --recursive s3://sdk-cli
aws s3 rb s3://sdk-cli

aws sagemaker list-training-jobs --status-equals Completed --output text | grep "$SDK_JOB"
aws sagemaker describe-training-job --training-job-name "$SDK_JOB" --query TrainingJobStatus | grep Completed
aws logs describe-log-streams --log-group-name /aws/sagemaker/TrainingJobs --log-stream-name-prefix "$SDK_JOB/" \
  --query 'logStreams[0].logStreamName' --output text | grep "^$SDK_JOB/algo-1-"
aws logs filter-log-events --log-group-name /aws/sagemaker/TrainingJobs --log-stream-name-prefix "$SDK_JOB/" \
  --filter-pattern '"#progress_metric"' --query 'events[0].message' --output text | grep 'completed'
aws cloudwatch list-metrics --namespace /aws/sagemaker/TrainingJobs \
  --dimensions "Name=TrainingJobName,Value=$SDK_JOB" --query 'Metrics[].MetricName' --output text | grep train:progress
echo passed
