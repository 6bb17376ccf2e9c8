# rclone: copies, syncs with checksums compared, parts, server-side copies, links.
set -eu
export RCLONE_CONFIG=config RCLONE_S3_PROVIDER=Other RCLONE_S3_ENV_AUTH=true RCLONE_S3_ENDPOINT="$AWS_ENDPOINT_URL"
export RCLONE_S3_REGION="$AWS_DEFAULT_REGION" RCLONE_S3_UPLOAD_CUTOFF=5M RCLONE_S3_CHUNK_SIZE=5M
touch config
mkdir -p up/deep && head -c 17000000 /dev/urandom > "up/big ü.bin" && for n in 1 2 3; do echo "$n" > "up/deep/$n"; done
rclone copy up ":s3:$BUCKET/rclone"
rclone check --download up ":s3:$BUCKET/rclone"
rclone check up ":s3:$BUCKET/rclone"
echo changed > up/deep/2 && rm up/deep/3
rclone sync up ":s3:$BUCKET/rclone"
rclone sync ":s3:$BUCKET/rclone" down
diff -r up down
rclone copyto ":s3:$BUCKET/rclone/big ü.bin" ":s3:$BUCKET/rclone/copy"
rclone moveto ":s3:$BUCKET/rclone/copy" ":s3:$BUCKET/rclone/moved"
test "$(rclone cat --offset 2 --count 3 ":s3:$BUCKET/rclone/deep/2")" = ang
echo piped | rclone rcat ":s3:$BUCKET/rclone/piped"
test "$(curl -fsS "$(rclone link --expire 60s ":s3:$BUCKET/rclone/piped")")" = piped
test "$(rclone lsf -R --files-only ":s3:$BUCKET/rclone" | wc -l)" = 5
rclone purge ":s3:$BUCKET/rclone"
test -z "$(rclone lsf -R ":s3:$BUCKET/rclone" 2>/dev/null)"
