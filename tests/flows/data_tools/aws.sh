# The AWS CLI: its file commands and some of its API commands.
set -eu
mkdir -p up && head -c 20000000 /dev/urandom > "up/big ü.bin" && for n in 1 2 3; do echo "$n" > "up/$n.txt"; done
aws s3 cp --quiet --recursive up "s3://$BUCKET/cli"
aws s3 sync up "s3://$BUCKET/cli" | grep . && exit 1
aws s3 sync --quiet "s3://$BUCKET/cli" down
diff -r up down
aws s3 cp --quiet "s3://$BUCKET/cli/1.txt" - | grep -q '^1$'
echo piped | aws s3 cp --quiet - "s3://$BUCKET/cli/piped"
aws s3 mv --quiet "s3://$BUCKET/cli/piped" "s3://$BUCKET/cli/moved"
test "$(aws s3 ls --recursive "s3://$BUCKET/cli/" | wc -l)" = 5
test "$(curl -fsS "$(aws s3 presign "s3://$BUCKET/cli/moved")")" = piped
aws s3api put-object-tagging --bucket "$BUCKET" --key cli/moved --tagging 'TagSet=[{Key=a,Value=b}]'
test "$(aws s3api get-object-tagging --bucket "$BUCKET" --key cli/moved --query 'TagSet[0].Value' --output text)" = b
aws s3api head-object --bucket "$BUCKET" --key cli/moved --checksum-mode ENABLED | grep -q ChecksumCRC
aws s3 rm --quiet --recursive "s3://$BUCKET/cli"
test -z "$(aws s3 ls "s3://$BUCKET/cli")"
aws s3 mb s3://made-by-the-cli && aws s3 rb s3://made-by-the-cli
