# Draws exponents-panels.svg from exponents-panels.csv; gnuplot -e "format='png'" exponents-panels.gnuplot draws exponents-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,570 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,228 font 'DejaVu Sans,10' background 'white'
}
set output 'exponents-panels.' . format
set datafile separator comma
set multiplot
set label 1 'What clear exponents show; window -1024 to'."\n".'1500 HU' at screen 0.5,0.94737 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.32222
set bmargin at screen 0.21053
set tmargin at screen 0.69298
set label 2 'original' at screen 0.16944,0.72368 center font ',9'
set cbrange [-1024.0:1500.0]
set colorbox horizontal user origin screen 0.072222,0.087719 size screen 0.85556,0.026316
set cbtics ('-1024' -1024.0, '0' 0.0, '1000' 1000.0, '1500' 1500.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.94444,0.10088 left font ',8'
plot 'exponents-panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.34444
set rmargin at screen 0.65000
set bmargin at screen 0.21053
set tmargin at screen 0.69298
set label 2 'exponents' at screen 0.49722,0.72368 center font ',9'
set cbrange [-1024.0:1500.0]
set label 3 '26.50 dB' at screen 0.49722,0.17544 center font ',8'
unset colorbox
plot 'exponents-panels.csv' index 1 matrix with image
unset label
set lmargin at screen 0.67222
set rmargin at screen 0.97778
set bmargin at screen 0.21053
set tmargin at screen 0.69298
set label 2 'exponents and'."\n".'images' at screen 0.82500,0.78509 center font ',9'
set cbrange [-1024.0:1500.0]
set label 3 '29.01 dB' at screen 0.82500,0.17544 center font ',8'
unset colorbox
plot 'exponents-panels.csv' index 2 matrix with image
unset label
unset multiplot
