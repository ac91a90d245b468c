# Draws stolen-panels.svg from stolen-panels.csv; gnuplot -e "format='png'" stolen-panels.gnuplot draws stolen-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 2005,605 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 802,242 font 'DejaVu Sans,10' background 'white'
}
set output 'stolen-panels.' . format
set datafile separator comma
set multiplot
set label 1 'Network stolen through positive masks; window -160 to 240 HU' at screen 0.5,0.9504132231404959 center font ',11'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.012468827930174564
set rmargin at screen 0.19950124688279303
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'low dose' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
set colorbox horizontal user origin screen 0.03740648379052369,0.09917355371900827 size screen 0.7281795511221946,0.024793388429752067
set cbtics ('-160 HU' -160.0, '40 HU' 40.0, '240 HU' 240.0) scale 0.3 offset 0,0.7 font ',8'
plot 'stolen-panels.csv' index 0 matrix with image
unset label 1
set lmargin at screen 0.20947630922693267
set rmargin at screen 0.39650872817955113
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'true network' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'stolen-panels.csv' index 1 matrix with image
set lmargin at screen 0.40648379052369077
set rmargin at screen 0.5935162094763092
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'stolen network' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'stolen-panels.csv' index 2 matrix with image
set lmargin at screen 0.6034912718204489
set rmargin at screen 0.7905236907730673
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'normal dose' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'stolen-panels.csv' index 3 matrix with image
set lmargin at screen 0.800498753117207
set rmargin at screen 0.9875311720698254
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'stolen network -'."\n".'true network, x 10' font ',9' offset 0,-0.7
set cbrange [-200.0:200.0]
set colorbox horizontal user origin screen 0.8254364089775561,0.09917355371900827 size screen 0.1371571072319202,0.024793388429752067
set cbtics ('-200 HU' -200.0, '0 HU' 0.0, '200 HU' 200.0) scale 0.3 offset 0,0.7 font ',8'
plot 'stolen-panels.csv' index 4 matrix with image
unset multiplot
