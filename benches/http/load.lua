-- One request after another from a file, with a number of its own where MARK stands; the figures as one line at the end.
local MARK = string.rep("K", 22)
local pieces = {}
local prefix, number = "", 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local raw = file:read("*a")
  file:close()
  prefix = args[2]
  local from = 1
  while true do
    local first, last = raw:find(MARK, from, true)
    pieces[#pieces + 1] = raw:sub(from, (first or 0) - 1)
    if not first then
      break
    end
    from = last + 1
  end
end

function request()
  if #pieces == 1 then
    return pieces[1]
  end
  number = number + 1
  return table.concat(pieces, prefix .. string.format("%012d", number))
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e6,
    latency:percentile(99) / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout
  ))
end
