-- Requests for wrk: `kind` is what is asked, `path` the collection; each thread walks its own row of random places.
local kind, path, filter = os.getenv("KIND"), os.getenv("ITEMS"), os.getenv("FILTER_FORM")
local thread = 0

function setup(one) thread = thread + 1; one:set("id", thread) end
function init() math.randomseed(42 + id) end

local function box()
  local x, y = 108.32 + math.random() * 0.14, 11.86 + math.random() * 0.13
  return string.format("%.6f,%.6f,%.6f,%.6f", x, y, x + 0.0013, y + 0.0013)
end

function request()
  if kind == "bbox" then return wrk.format("GET", path .. "?limit=100&f=" .. filter .. "&bbox=" .. box()) end
  if kind == "page" then return wrk.format("GET", path .. "?limit=1000&f=" .. filter) end
  if kind == "item" then return wrk.format("GET", path .. "/" .. math.random(100, 1000000) .. "?f=" .. filter) end
  local words = "area_m2%20%3E%20300%20AND%20land_use_code%20=%20'ODT'"
  return wrk.format("GET", path .. "?limit=100&f=" .. filter .. "&filter-lang=cql2-text&filter=" .. words .. "&bbox=" .. box())
end
