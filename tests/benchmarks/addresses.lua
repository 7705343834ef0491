-- Requests for wrk: the paths in the file PATHS, one after the other from a place that differs between threads. They come
-- from many clients, as the proxy in front says: one alone may not ask for so many suggestions a second.
local paths, at = {}, 0

function init()
  for line in io.lines(os.getenv("PATHS")) do
    paths[#paths + 1] = line
  end
  math.randomseed(os.time() + tonumber(tostring(paths):match("0x(%x+)"), 16) % 100000)
  at = math.random(#paths)
end

function request()
  at = at % #paths + 1
  local client = string.format("10.1.%d.%d", math.random(0, 255), math.random(1, 254))
  return wrk.format("GET", paths[at], { ["X-Forwarded-For"] = client })
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("measured %.2f %.2f %.2f %.0f %d\n", latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000, summary.requests / (summary.duration / 1e6),
    errors.status + errors.connect + errors.read + errors.timeout))
end
